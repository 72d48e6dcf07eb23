"""Names what can go wrong in an index, as one small tree.

IndexFault
├── UnsupportedFormat   a saved collection was written by a newer, or a too old, format
├── DamagedSnapshot     a saved collection lacks a part or contradicts itself
└── UnknownSpace        no dense space has this name
"""

from __future__ import annotations


class IndexFault(Exception):
    """Root of what indexes raise on purpose."""


class UnsupportedFormat(IndexFault):
    """The saved format lies outside what this build reads."""

    def __init__(self, found: int, oldest: int, newest: int) -> None:
        super().__init__(f"saved in format {found}; this build reads formats {oldest} to {newest}")
        self.found = found


class DamagedSnapshot(IndexFault):
    """A saved collection cannot be read back whole."""


class UnknownSpace(IndexFault):
    """The collection was not configured with a space of this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no space is named {name!r}; known are {', '.join(known) or 'none'}")
        self.name = name
