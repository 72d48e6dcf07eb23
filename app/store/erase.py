"""Takes the words of a user out of the rows of the log; the rows and their numbers stay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import bindparam, select, update

from app.domain.bodies import compact_json
from app.domain.log import Erased, Kind
from app.store.schema import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class _Row:
    lsn: int
    kind: str
    key: str
    body: dict[str, Any]


def erase(connection: Connection, user: str) -> Erased:
    """Empty every row about the user, and about devices that are the user's; tell how many there were.

    The log is read through once. An emptied row keeps its number and its kind; its key becomes a
    random one, so that an id which spoke of the user is gone as well.
    """
    named = [row for row in _rows(connection, _says("user", user)) if row.body.get("user") == user]
    told = {row.key for row in named if row.kind == Kind.DEVICE}
    devices = sorted(device for device in told if _owner(connection, device) == user)
    alone = [
        row
        for device in devices
        for row in _rows(connection, _says("device", device))
        if row.kind == Kind.EVENT and row.body.get("device") == device and "user" not in row.body
    ]
    profiles = list(_rows(connection, (log.c.kind == Kind.PROFILE.value) & (log.c.key == user)))
    _empty(connection, [row.lsn for row in (*named, *alone, *profiles)])
    events = sum(row.kind == Kind.EVENT for row in (*named, *alone))
    edited = any(row.body for row in profiles)
    return Erased(num_events=events, devices=tuple(devices), profile=edited)


def _says(field: str, value: str) -> ColumnElement[bool]:
    """Return what finds the compact bodies that have this value of a field, and few others."""
    text = compact_json({field: value})[1:-1]
    kinds = log.c.kind.in_([Kind.EVENT.value, Kind.DEVICE.value])
    return kinds & log.c.body.contains(text, autoescape=True)


def _rows(connection: Connection, condition: ColumnElement[bool]) -> Iterator[_Row]:
    query = select(log.c.lsn, log.c.kind, log.c.key, log.c.body).where(condition)
    for lsn, kind, key, body in connection.execute(query).all():
        yield _Row(lsn, kind, key, json.loads(body))


def _owner(connection: Connection, device: str) -> str | None:
    """Return whose the device is: what its newest link that still has words says."""
    condition = (log.c.kind == Kind.DEVICE.value) & (log.c.key == device)
    rows = sorted(_rows(connection, condition), key=lambda row: row.lsn)
    return next((row.body["user"] for row in reversed(rows) if row.body), None)


def _empty(connection: Connection, lsns: list[int]) -> None:
    if lsns:
        statement = (
            update(log).where(log.c.lsn == bindparam("at_lsn")).values(key=bindparam("new_key"), body=EMPTY)
        )
        values = [{"at_lsn": lsn, "new_key": f"forgotten-{uuid4().hex}"} for lsn in lsns]
        connection.execute(statement, values)
