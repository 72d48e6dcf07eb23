"""Holds ARCHITECTURE.md to the tree it describes."""

from __future__ import annotations

from tests.architecture.map import DOCUMENT, replace


def test_the_map_shows_every_file_with_its_first_sentence() -> None:
    """The map equals the tree; `python -m tests.architecture.map` writes it anew."""
    document = DOCUMENT.read_text()
    assert document == replace(document)
