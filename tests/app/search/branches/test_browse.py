"""The front page."""

from __future__ import annotations

from app.domain.items import Item
from app.search.branches.browse import QUICK_S, REST, BrowseBranch
from app.search.types import Prepared
from indexes.forward.filters import In
from tests.app.search.fakes import FakeClock, FakeCollection, icons

ALL = 1_000


def test_popular_then_new_then_by_id() -> None:
    """What is known to be popular comes first, then the newest, then by id; unknowns come last."""
    collection = FakeCollection()
    for item in (
        Item("d"),
        Item("c"),
        Item("old", created_at=1.0),
        Item("new", created_at=2.0),
        Item("loved", popularity=9.0),
        Item("liked", popularity=5.0, created_at=1.0),
        Item("liked-new", popularity=5.0, created_at=7.0),
    ):
        collection.put(item)
    found = BrowseBranch().recall(collection, Prepared(), ALL, None)
    assert collection.ids(found.ordinals.tolist()) == ["loved", "liked-new", "liked", "new", "old", "c", "d"]
    assert found.scores[0] == 1.0
    assert (found.scores[1:] < found.scores[:-1]).all()


def test_it_lists_what_the_filter_allows_and_nobody_dead() -> None:
    """The mask and the living decide; new items are there at once."""
    collection, branch = icons(), BrowseBranch()
    evens = collection.compile(In("category", ("even",)))
    assert branch.recall(collection, Prepared(), ALL, evens).ordinals.tolist() == [0, 2, 4]
    collection.delete("icon-2")
    collection.put(Item("aaa"))
    found = branch.recall(collection, Prepared(), ALL, None)
    assert collection.ids(found.ordinals.tolist()) == [
        "aaa",
        "icon-0",
        "icon-1",
        "icon-3",
        "icon-4",
        "icon-5",
    ]


def test_it_has_nothing_to_do_when_something_is_asked() -> None:
    """Browsing is for the front page."""
    assert BrowseBranch().why_not(icons(), Prepared("fox")) == "something was asked for"
    assert BrowseBranch().why_not(icons(), Prepared()) is None


class SlowClock(FakeClock):
    """Every look at it takes a while: sorting seems slow."""

    def __call__(self) -> float:
        self.now += 2 * QUICK_S
        return self.now


def test_an_order_that_was_slow_to_make_is_kept_for_a_while() -> None:
    """In a large collection changes show after a while, but the dead are gone at once."""
    clock = SlowClock()
    collection, branch = icons(2), BrowseBranch(clock)
    assert branch.recall(collection, Prepared(), ALL, None).ordinals.tolist() == [0, 1]
    collection.put(Item("aaa"))
    collection.delete("icon-1")
    assert branch.recall(collection, Prepared(), ALL, None).ordinals.tolist() == [0]
    clock.now += 2 * REST * 2 * QUICK_S
    assert branch.recall(collection, Prepared(), ALL, None).ordinals.tolist() == [2, 0]
