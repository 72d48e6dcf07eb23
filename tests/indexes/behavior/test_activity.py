"""Tests that the view of activity depends on the log alone, joins devices, bounds itself and forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.behavior import saved
from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act, Blank, Edit, Forget, Link, name_digest
from indexes.errors import DamagedSnapshot, UnsupportedFormat

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.behavior.changes import ActivityChange

NAMES = st.sampled_from(["a", "b", "c"])
MAYBE = st.none() | NAMES
ACTS = st.builds(
    Act,
    lsn=st.just(0),
    at=st.floats(0, 100),
    type=st.sampled_from(["click", "hide", "purchase"]),
    user=MAYBE,
    device=MAYBE,
    session=MAYBE,
    item=MAYBE,
    query=MAYBE,
)
LINKS = st.builds(Link, lsn=st.just(0), device=NAMES, user=NAMES)
EDITS = st.builds(Edit, lsn=st.just(0), user=NAMES, profile=st.just({"tags": {"x": 1.0}}))
FORGETS = st.builds(Forget, lsn=st.just(0), user=NAMES.map(name_digest))
CHANGES = st.lists(ACTS | LINKS | EDITS | FORGETS, max_size=40)


def numbered(changes: list[ActivityChange]) -> list[ActivityChange]:
    """Return the changes with the LSNs 1, 2, …."""
    return [change._replace(lsn=lsn) for lsn, change in enumerate(changes, 1)]


def click(lsn: int, item: str, at: float, **who: str) -> Act:
    """Return a click."""
    named = {"user": None, "device": None, "session": None} | who
    return Act(lsn, at, "click", named["user"], named["device"], named["session"], item, None)


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, cut=st.integers(0, 40), kept=st.integers(1, 5))
def test_any_way_through_the_log_gives_the_same_view(
    changes: list[ActivityChange], cut: int, kept: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One by one, at once, or saved in the middle and gone over again: the digest is the same."""
    rows = numbered(changes)
    whole, single = Activity(kept), Activity(kept)
    whole.apply(rows)
    for row in rows:
        single.apply([row])
    directory = tmp_path_factory.mktemp("saved")
    half = Activity(kept)
    half.apply(rows[:cut])
    half.save(directory)
    loaded = Activity.load(directory, kept)
    assert loaded.digest() == half.digest()
    loaded.apply(rows[max(cut - 3, 0) :])
    assert whole.digest() == single.digest() == loaded.digest()
    for name in ("a", "b", "c"):
        assert loaded.history(loaded.keys(name), 50) == whole.history(whole.keys(name), 50)
        assert loaded.session(name, 50) == whole.session(name, 50)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_forgetting_is_as_if_it_had_never_been(changes: list[ActivityChange]) -> None:
    """After forgetting, the view is the one of a log whose rows about the user are blank."""
    rows = numbered([change for change in changes if not isinstance(change, Forget)])
    whole = Activity(10)
    whole.apply(rows)
    owned = set(whole.devices("a"))
    lsn = len(rows) + 1
    forget = Forget(lsn, name_digest("a"), tuple(name_digest(device) for device in sorted(owned)))
    whole.apply([forget])
    blank: list[ActivityChange] = []
    for row in rows:
        if isinstance(row, Act):
            alone = row.user is None and row.device in owned
            blank.append(Blank(row.lsn) if row.user == "a" or alone else row)
        elif not isinstance(row, Blank) and row.user != "a":
            blank.append(row)
    other = Activity(10)
    other.apply([*blank, forget])
    if not any(isinstance(row, Link) for row in rows):  # a link that is gone leaves the one before
        assert whole.digest() == other.digest()
    assert whole.history(whole.keys("a"), 50) == []
    assert whole.devices("a") == []
    assert whole.profile("a") == {}


def test_devices_join_a_history_backwards_and_late_acts_find_their_place() -> None:
    """What happened on a device before it was linked, and what came late, stand in order of time."""
    activity = Activity()
    activity.apply(
        [click(1, "x", 5.0, device="pad"), click(2, "y", 9.0, user="ann"), click(3, "z", 7.0, user="ann")]
    )
    assert [act.item for act in activity.history(activity.keys("ann"), 10)] == ["y", "z"]
    activity.apply([Link(4, "pad", "ann")])
    assert [act.item for act in activity.history(activity.keys("ann"), 10)] == ["y", "z", "x"]
    assert [act.item for act in activity.history(activity.keys(None, "pad"), 2)] == ["y", "z"]
    activity.apply([Link(5, "pad", "ben")])
    assert [act.item for act in activity.history(activity.keys("ann"), 10)] == ["y", "z"]
    assert activity.keys("ann", "pad") == ("u:ann",)


def test_a_session_stands_for_whoever_acted_in_it() -> None:
    """A request that names a session alone is of the user who acted in it last."""
    activity = Activity()
    activity.apply([click(1, "x", 1.0, user="ann"), click(2, "y", 2.0, user="ann", session="s")])
    assert activity.keys(None, None, "s") == ("u:ann", "s:s")
    assert activity.keys(None, None, "unknown") == ("s:unknown",)
    assert [act.item for act in activity.session("s", 5)] == ["y"]


def test_owned_and_hidden_items_outlive_their_acts() -> None:
    """Acts beyond the bound are let go with their names; what was bought stays barred."""
    activity = Activity(kept_acts=8)
    bought = Act(1, 1.0, "purchase", "ann", None, None, "ring", None)
    activity.apply([bought, *(click(lsn, f"i{lsn}", lsn, user="ben") for lsn in range(2, 21))])
    assert activity.history(activity.keys("ann"), 10) == []
    assert activity.barred(activity.keys("ann")) == {"ring"}
    assert len(activity.record().items) <= 10
    assert activity.num_events == 20


def test_companions_are_those_who_met_the_item_since() -> None:
    """Only acts after the given event count, each person once, with their latest acts."""
    activity = Activity()
    rows = [click(1, "x", 1, user="old"), click(2, "x", 2, user="ann"), click(3, "y", 3, user="ann")]
    activity.apply([*rows, click(4, "x", 4, user="ann")])
    assert [[act.item for act in acts] for acts in activity.companions("x", 1, 9, 9)] == [["x", "y", "x"]]
    assert activity.companions("nothing", 0, 9, 9) == []


def test_a_damaged_or_younger_format_is_refused(tmp_path: Path) -> None:
    """What cannot be read is said to be damaged, what is of another version named so."""
    Activity().save(tmp_path)
    (tmp_path / "at.npy").unlink()
    with pytest.raises(DamagedSnapshot):
        Activity.load(tmp_path)
    Activity().save(tmp_path)
    facts = tmp_path / saved.FACTS
    facts.write_bytes(facts.read_bytes().replace(b"\xa6format\x01", b"\xa6format\x63"))
    with pytest.raises(UnsupportedFormat):
        Activity.load(tmp_path)
