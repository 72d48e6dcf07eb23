"""Says which words of an item its text embedding is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.items import Item

MAX_CHARACTERS = 4_000  # encoders read a few hundred tokens; the rest would only cost tokenizing


def embedding_text(item: Item) -> str:
    """Return title, tags joined by commas, and text, each on a line of its own; "" for no words."""
    parts = (item.title, ", ".join(item.tags), item.text)
    return "\n".join(part for part in parts if part)[:MAX_CHARACTERS]
