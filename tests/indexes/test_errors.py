"""Tests what errors say."""

from __future__ import annotations

from indexes.errors import DamagedSnapshot, IndexFault, UnknownSpace, UnsupportedFormat


def test_errors_name_what_is_wrong() -> None:
    """A message tells what was found and what would have been right; all have one root."""
    assert str(UnsupportedFormat(9, 1, 2)) == "saved in format 9; this build reads formats 1 to 2"
    assert str(UnknownSpace("x", ("text", "image"))) == "no space is named 'x'; known are text, image"
    assert str(UnknownSpace("x", ())) == "no space is named 'x'; known are none"
    assert {UnsupportedFormat, UnknownSpace, DamagedSnapshot} == set(IndexFault.__subclasses__())
