"""Remembers how queries were read, as long as the collection stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.search.understand import words_of

if TYPE_CHECKING:
    from app.search.collection import Collection
    from app.search.understand import Words

MAX_QUERIES = 4_096


class Wordings:
    """Readings of queries, all as of one LSN: correction, parsing and synonyms depend on nothing else.

    For one event loop. When there are `max_queries` of them all are forgotten.
    """

    def __init__(self, max_queries: int = MAX_QUERIES) -> None:
        self._max_queries = max_queries
        self._lsn = -1
        self._read: dict[str, Words] = {}

    def words(self, asked: str, collection: Collection) -> Words:
        """Return what `app.search.understand.words_of` does."""
        lsn = collection.lsn  # before reading: what is applied meanwhile makes the reading old, not wrong
        if lsn != self._lsn or len(self._read) >= self._max_queries:
            self._read, self._lsn = {}, lsn
        words = self._read.get(asked)
        if words is None:
            words = self._read[asked] = words_of(asked, collection)
        return words
