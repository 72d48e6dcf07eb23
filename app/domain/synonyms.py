"""Holds a set of synonyms as callers manage it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SETS = 10_000
MAX_WORDS = 100
MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words or phrases that mean the same; with `to` each of `words` finds those too, not the reverse."""

    words: tuple[str, ...]
    to: tuple[str, ...] = ()

    def to_body(self) -> dict[str, Any]:
        """Return the set as JSON values; `from_body` reads it back."""
        return {"words": list(self.words)} | ({"to": list(self.to)} if self.to else {})

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Synonyms:
        """Read what `to_body` wrote."""
        return cls(tuple(body["words"]), tuple(body.get("to", ())))
