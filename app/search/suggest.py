"""The use case of completing: what someone types becomes whole titles and better spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.search.understand import normalise

if TYPE_CHECKING:
    from app.search.collection import Collection

TITLE = "title"
CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to search for instead; kind is `title` or `correction`."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Completes from the titles of one collection."""

    collection: Collection

    def complete(self, prefix: str, limit: int) -> tuple[Completion, ...]:
        """Return at most `limit` completions: titles first, a correction where titles leave room.

        Raises InvalidInput when the prefix is too long.
        """
        typed = normalise(prefix)
        if not typed:
            return ()
        titles = [found.text for found in self.collection.suggest.complete(typed, limit)]
        found = [Completion(title, TITLE) for title in titles]
        corrected = self.collection.suggest.correct(typed) if len(found) < limit else None
        if corrected is not None and corrected not in titles:
            found.append(Completion(corrected, CORRECTION))
        return tuple(found)
