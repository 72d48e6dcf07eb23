"""Tests ids, records and masks together."""

from __future__ import annotations

import pytest

from indexes.errors import DamagedSnapshot
from indexes.forward.filters import Exists, In, Not
from indexes.forward.store import MAX_MASKS, ForwardStore
from indexes.types import Record


def test_masks_hold_no_dead_ordinal() -> None:
    """A filter that holds for everything still leaves out what was removed."""
    store = ForwardStore()
    for name in "abc":
        store.put(Record(name))
    store.remove("b")
    mask = store.compile(Not(Exists("category")))
    assert mask is not None
    assert mask.tolist() == [True, False, True]


def test_no_filter_is_no_mask() -> None:
    """Without a filter there is nothing to compile."""
    assert ForwardStore().compile(None) is None


def test_a_mask_is_kept_until_something_changes() -> None:
    """The same filter gives the same array, and a new one after a change; an equal put is none."""
    store = ForwardStore()
    store.put(Record("a", category="x"))
    first = store.compile(In("category", ("x",)))
    store.put(Record("a", category="x"))
    assert store.compile(In("category", ("x",))) is first
    store.put(Record("a", category="y"))
    second = store.compile(In("category", ("x",)))
    assert second is not None
    assert second.tolist() == [False]


def test_kept_masks_tell_true_from_one() -> None:
    """Filters that are equal as Python values are still different filters."""
    store = ForwardStore()
    store.put(Record("a", attributes={"x": True}))
    yes, one = store.compile(In("attributes.x", (True,))), store.compile(In("attributes.x", (1.0,)))
    assert yes is not None
    assert one is not None
    assert (yes.tolist(), one.tolist()) == ([True], [False])


def test_masks_cannot_be_written() -> None:
    """A shared mask refuses to be changed by one of its readers."""
    store = ForwardStore()
    store.put(Record("a"))
    mask = store.compile(Exists("origin"))
    assert mask is not None
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = False


def test_only_so_many_masks_are_kept() -> None:
    """The oldest masks make room."""
    store = ForwardStore()
    store.put(Record("a"))
    for number in range(MAX_MASKS + 10):
        store.compile(In("category", (str(number),)))
    assert len(store._masks) == MAX_MASKS


def test_an_id_that_comes_back_gets_a_new_ordinal() -> None:
    """Ordinals are never used twice, and the old one still tells its id."""
    store = ForwardStore()
    store.put(Record("a"))
    store.remove("a")
    assert store.put(Record("a")) == (1, None)
    assert store.ids([0, 1]) == ["a", "a"]
    assert store.record(0) is None


def test_records_that_contradict_the_ids_are_refused() -> None:
    """A saved record whose ordinal belongs to another id is damage."""
    with pytest.raises(DamagedSnapshot):
        list(ForwardStore().restore(["a"], [(0, Record("b"))]))
    with pytest.raises(DamagedSnapshot):
        list(ForwardStore().restore(["a"], [(1, Record("a"))]))


def test_pictures_without_words_are_counted() -> None:
    """The count follows puts, replacements, removals and a restore."""
    store = ForwardStore()
    store.put(Record("bare", has_picture=True))
    store.put(Record("tagged", tags=("cat",), has_picture=True))
    store.put(Record("nothing at all"))
    assert store.num_wordless == 1
    store.put(Record("tagged", has_picture=True))
    store.put(Record("bare", title="Cat", has_picture=True))
    assert store.num_wordless == 1
    again = ForwardStore()
    assert len(list(again.restore(store.all_ids(), store.records()))) == 3
    assert again.num_wordless == 1
    store.remove("tagged")
    assert store.num_wordless == 0
