"""Completions as one types."""

import pytest

from app.domain.errors import InvalidInput
from app.search.people import People
from app.search.suggest import Completion, Suggest
from indexes.behavior.changes import Act
from tests.app.search.crowds import crowd
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


def test_own_searches_come_first_then_popular_ones_and_titles_by_turns() -> None:
    """Each text stands once, as the first of the kinds that have it; only the person's own are recent."""
    known = crowd()
    asked = [("ann", "icon secret"), ("ann", "Icon 1"), ("ann", "other"), ("ben", "icon of ben")]
    known.activity.apply(
        [Act(lsn, 0.0, "search", user, None, None, None, query) for lsn, (user, query) in enumerate(asked, 1)]
    )
    known.asked.add("icon popular", 5.0)
    known.asked.add("icon 0", 3.0)

    async def reached(_lsn: int, _timeout_s: float) -> bool:
        return True

    suggest = Suggest(icons(3), People(lambda: known, lambda: 0, reached, lambda: 0.0))
    assert [(one.text, one.kind) for one in suggest.complete("icon", 10, user="ann")] == [
        ("Icon 1", "recent"),
        ("icon secret", "recent"),
        ("icon popular", "popular"),
        ("icon 0", "title"),
        ("icon 2", "title"),
    ]
    assert [one.kind for one in suggest.complete("icon", 2)] == ["popular", "title"]
