"""Pinned lists stay what they were, within bounds of memory and time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import Expired, InvalidInput
from app.ranking.fusion import fuse, rrf
from app.ranking.lists import BranchList
from app.search.pages import DIGEST_BYTES, Pages, Pinned, read_cursor, write_cursor
from app.search.types import Prepared
from indexes.types import Matches
from tests.app.search.fakes import FakeClock


def pinned(query: str, num: int = 3) -> Pinned:
    """Make a list of that many hits."""
    matches = Matches(np.arange(num, dtype=np.int32), np.linspace(1, 0.5, num, dtype=np.float32))
    ranked = fuse(
        [BranchList("term", 1.0, matches)], rrf, np.empty(0, np.int32), lambda o: [str(x) for x in o]
    )
    return Pinned(ranked, Prepared(query), "rrf", (), explain=False)


def test_a_pinned_list_is_found_again() -> None:
    """The key gives back the very list."""
    pages, one, other = Pages(10**6, 60, FakeClock()), pinned("a"), pinned("b")
    keys = pages.pin(one), pages.pin(other)
    assert (pages.find(keys[0]), pages.find(keys[1])) == (one, other)


def test_equal_lists_share_one_place() -> None:
    """The same search over the same collection is kept once; another query or list is not the same."""
    pages = Pages(10**6, 60, FakeClock())
    assert pages.pin(pinned("a")) == pages.pin(pinned("a"))
    assert len({pages.pin(p) for p in (pinned("a"), pinned("b"), pinned("a", 4))}) == 3


def test_lists_expire_some_time_after_their_last_use() -> None:
    """A list that is used stays; one left alone is gone after its time."""
    clock = FakeClock()
    pages = Pages(10**6, 60, clock)
    used, left = pages.pin(pinned("used")), pages.pin(pinned("left"))
    clock.now = 50
    pages.find(used)
    clock.now = 70
    assert pages.find(used).prepared.query == "used"
    with pytest.raises(Expired):
        pages.find(left)


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    """When lists outgrow their bound the least recently used ones go."""
    each = pinned("0").size_bytes
    pages = Pages(3 * each, 60, FakeClock())
    keys = [pages.pin(pinned(str(i))) for i in range(3)]
    pages.find(keys[0])
    keys.append(pages.pin(pinned("3")))
    assert [pages.find(keys[i]).prepared.query for i in (0, 2, 3)] == ["0", "2", "3"]
    with pytest.raises(Expired):
        pages.find(keys[1])


def test_a_list_larger_than_the_bound_can_still_be_paged() -> None:
    """The newest list is kept whatever its size."""
    pages = Pages(1, 60, FakeClock())
    key = pages.pin(pinned("big", 500))
    assert len(pages.find(key).ranked) == 500


@settings(max_examples=50, deadline=None)
@given(key=st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES), offset=st.integers(0, 2**48 - 1))
def test_a_cursor_reads_back(key: bytes, offset: int) -> None:
    """What is written into a cursor is read from it, and it is safe in an address."""
    token = write_cursor(key, offset)
    assert read_cursor(token) == (key, offset)
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("token", ["", "x", "é", "a b", "AAAA", "=" * 30, "A" * 31, "A" * 29, "*" * 30])
def test_what_is_no_cursor_is_refused(token: str) -> None:
    """Any text that is not written like a cursor is InvalidInput of the field `cursor`."""
    with pytest.raises(InvalidInput) as caught:
        read_cursor(token)
    assert caught.value.field == "cursor"
