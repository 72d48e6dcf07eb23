"""Public names: given once, described by their docstrings, listed read-only."""

from __future__ import annotations

import pytest

from models.exported import UnknownNameError, exported, find, registry


def test_a_name_is_listed_with_the_first_line_of_its_docstring() -> None:
    """What is exported can be found, listed and called, and is itself unchanged."""

    @exported("test_things", "double")
    def double(x: int) -> int:
        """Twice the number.

        Nobody reads this line.
        """
        return 2 * x

    entry = registry("test_things")["double"]
    assert (entry.name, entry.doc, entry.value) == ("double", "Twice the number.", double)
    assert find("test_things", "double") is double


def test_a_name_is_given_once() -> None:
    """The second owner of a name is refused; other kinds have their own names."""

    class Thing:
        """Something."""

    exported("test_once", "thing")(Thing)
    exported("test_other", "thing")(Thing)
    with pytest.raises(ValueError, match="'thing' is already exported"):
        exported("test_once", "thing")(Thing)


def test_what_nobody_described_is_not_published() -> None:
    """No docstring, no public name."""
    with pytest.raises(ValueError, match="needs a docstring"):
        exported("test_silent", "silent")(lambda: None)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """The error tells the caller what to choose from; an unknown kind has no names."""
    exported("test_known", "b")(UnknownNameError)
    exported("test_known", "a")(UnknownNameError)
    with pytest.raises(UnknownNameError, match="unknown test_known 'c'; known: a, b"):
        find("test_known", "c")
    assert dict(registry("test_nothing")) == {}
