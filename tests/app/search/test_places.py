"""Ordinals of lists of names."""

from __future__ import annotations

import numpy as np

from app.domain.items import Item
from app.search.places import Places, allowed
from tests.app.search.fakes import FakeClock, icons


def test_a_table_is_kept_until_the_collection_changes() -> None:
    """Names that come and go are found again after a change, at once where looking is quick."""
    collection, clock = icons(2), FakeClock()
    places, names = Places(clock), ["icon-1", "later", "icon-0"]
    first = places.ordinals(names, collection)
    assert first.tolist() == [1, -1, 0]
    assert places.ordinals(names, collection) is first
    collection.put(Item("later"))
    assert places.ordinals(names, collection).tolist() == [1, 2, 0]


def test_only_the_living_pass_and_what_the_mask_allows() -> None:
    """Absent, dead and younger ordinals than the mask do not pass."""
    collection = icons(4)
    collection.delete("icon-2")
    ordinals = np.array([3, 2, -1, 0], np.int32)
    assert allowed(ordinals, collection, None).tolist() == [True, False, False, True]
    assert allowed(ordinals, collection, np.array([True, True])).tolist() == [False, False, False, True]
