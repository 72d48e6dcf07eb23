"""What the words of an embedding are."""

from __future__ import annotations

import pytest

from app.domain.items import Item
from app.ingest.wording import MAX_CHARACTERS, embedding_text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Item(id="a", title="Red cup", text="For tea.", tags=("cup", "red")), "Red cup\ncup, red\nFor tea."),
        (Item(id="a", tags=("cup",)), "cup"),
        (Item(id="a", title="T", text="x"), "T\nx"),
        (Item(id="a", category="c", attributes={"color": "red"}), ""),
    ],
)
def test_words(item: Item, text: str) -> None:
    """Title, tags and text count, what is empty leaves no trace."""
    assert embedding_text(item) == text


def test_long() -> None:
    """Endless texts are cut at their end."""
    text = embedding_text(Item(id="a", title="T", text="x" * 100_000))
    assert len(text) == MAX_CHARACTERS
    assert text.startswith("T\nxxx")
