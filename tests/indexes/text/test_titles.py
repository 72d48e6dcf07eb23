"""Tests equality of titles."""

from __future__ import annotations

from indexes.text.titles import Titles


def test_titles_are_equal_but_for_case_width_and_blanks() -> None:
    """All ordinals with an equal title are found in order; diacritics make titles different."""
    titles = Titles()
    for ordinal, title in ((5, "Red  Café"), (2, "red café"), (9, "red cafe"), (4, "")):
        titles.add(ordinal, title)
    assert titles.find(" RED CAF\u00c9 ").tolist() == [2, 5]
    assert titles.find("").tolist() == []


def test_a_removed_title_is_not_found() -> None:
    """Removal takes one ordinal, and is harmless for one that was never filed."""
    titles = Titles()
    titles.add(1, "a")
    titles.add(2, "a")
    titles.remove(1, "A")
    titles.remove(7, "b")
    assert titles.find("a").tolist() == [2]
    titles.remove(2, "a")
    assert titles.find("a").tolist() == []
