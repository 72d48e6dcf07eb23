"""What taking a user out of the log promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.events import Event
from app.domain.log import Erased, Kind, NewRow
from indexes.behavior.changes import name_digest
from tests.app.store.rows import append

if TYPE_CHECKING:
    from app.store.store import Store

USER = 'a%_"\\nn'  # what a pattern or a text of JSON could trip over


def event(key: str, **fields: Any) -> NewRow:
    """Return the row of an event."""
    return NewRow(Kind.EVENT, key, Event(id=key, type="click", at=1.0, **fields).to_body())


def device(name: str, user: str) -> NewRow:
    """Return the row of a link."""
    return NewRow(Kind.DEVICE, name, {"user": user})


def forget(user: str) -> NewRow:
    """Return the row that forgets a user."""
    digest = name_digest(user)
    return NewRow(Kind.FORGET, digest, {"user": digest}, erases=user)


def test_every_row_about_a_user_is_emptied_and_stays(store: Store) -> None:
    """Events by name and on the user's devices, links and the profile lose key and body, not number."""
    append(
        store,
        event("1", user=USER, item="x"),
        event("2", device="pad", item="x"),
        device("pad", USER),
        NewRow(Kind.PROFILE, USER, {"said": {"tags": {"x": 1.0}}}),
        event("5", user="ann", query=USER),
        event("6", device="pad", user="ann"),
    )
    appended = append(store, forget(USER))
    assert appended.erased == Erased(num_events=2, devices=("pad",), profile=True)
    assert appended.lsn == 7
    rows = store.log.read(0, 10)
    assert [row.lsn for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row.lsn for row in rows if not row.body] == [1, 2, 3, 4]
    assert [row.key for row in rows[4:6]] == ["5", "6"]
    assert len({row.key for row in rows}) == 7
    assert rows[6].body == {"user": name_digest(USER), "devices": [name_digest("pad")]}


def test_a_device_that_was_given_away_keeps_its_acts(store: Store) -> None:
    """Only the link that named the user goes; the acts are the new owner's."""
    append(store, event("1", device="pad"), device("pad", USER), device("pad", "ann"))
    assert append(store, forget(USER)).erased == Erased()
    assert [row.lsn for row in store.log.read(0, 10) if not row.body] == [2]


def test_nobody_is_forgotten_twice(store: Store) -> None:
    """A user who is not there leaves nothing to take away, and the log says that it was asked."""
    append(store, event("1", user="ann"))
    assert append(store, forget(USER)).erased == Erased()
    assert append(store, forget(USER)).erased == Erased()
    assert store.log.read(0, 10)[0].body["user"] == "ann"
    assert store.log.last_lsn() == 3
