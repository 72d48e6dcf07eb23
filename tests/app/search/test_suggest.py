"""Completions as one types."""

import pytest

from app.domain.errors import InvalidInput
from app.search.suggest import Completion, Suggest
from tests.app.search.fakes import icons


def test_titles_then_a_correction() -> None:
    """Titles that begin so come first; a better spelling fills what room they leave."""
    collection = icons(3)
    collection.suggest.corrections["ico"] = "icon"
    suggest = Suggest(collection)
    assert suggest.complete(" ICO ", 3) == tuple(Completion(f"icon {i}", "title") for i in range(3))
    assert suggest.complete("ico", 10)[3:] == (Completion("icon", "correction"),)


def test_a_correction_is_not_said_twice() -> None:
    """A correction that is also a title stands once."""
    collection = icons(1)
    collection.suggest.corrections["icon"] = "icon 0"
    assert Suggest(collection).complete("icon", 5) == (Completion("icon 0", "title"),)


def test_nothing_typed_completes_to_nothing() -> None:
    """Blanks complete to nothing."""
    assert Suggest(icons()).complete("  ", 5) == ()


def test_too_long_is_refused() -> None:
    """A prefix has the limit of a query."""
    with pytest.raises(InvalidInput):
        Suggest(icons()).complete("x" * 2_000, 5)
