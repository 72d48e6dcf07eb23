"""Gives tests a term branch over a few records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexes.text.analyzer import Analyzer
from indexes.text.branch import TermBranch
from indexes.text.inverted import TermWeights
from indexes.types import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Terms:
    """A term branch whose records are kept beside it."""

    def __init__(self, directory: Path) -> None:
        self.records: dict[int, Record] = {}
        self.branch = TermBranch(directory, Analyzer(), self.records.get, TermWeights())

    def put(self, ordinal: int, title: str = "", text: str = "", tags: tuple[str, ...] = ()) -> None:
        """Put a record; it is searched after `publish`."""
        record = Record(str(ordinal), title=title, text=text, tags=tags)
        self.branch.put(ordinal, record, self.records.get(ordinal))
        self.records[ordinal] = record

    def remove(self, ordinal: int) -> None:
        """Remove a record."""
        self.branch.remove(ordinal, self.records.pop(ordinal))

    def find(self, text: str, k: int = 10, *, prefix: bool = False) -> list[int]:
        """Return the ordinals a query finds, best first."""
        matches = self.branch.search(self.branch.parse(text, prefix=prefix), k)
        return [int(ordinal) for ordinal in matches.ordinals]


@pytest.fixture
def terms(tmp_path: Path) -> Iterator[Terms]:
    """Return an empty branch."""
    made = Terms(tmp_path)
    yield made
    made.branch.close()
