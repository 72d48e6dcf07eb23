"""What the prepared statements promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.statements import KEYS, build_statements
from tests.app.store.rows import append, click, put

if TYPE_CHECKING:
    from app.store.store import Store


def test_known_events(store: Store) -> None:
    """Only events are found by their key, each with its number, through the unique index."""
    append(store, put("x"), click("x"), click("y"))
    statements = build_statements()
    with store._engine.connect() as connection:
        found = connection.execute(statements.known_events, {KEYS: ["x", "y", "z"]}).all()
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT key, lsn FROM log WHERE kind = 'event' AND key IN ('x', 'y')"
        ).all()
    assert sorted(tuple(row) for row in found) == [("x", 2), ("y", 3)]
    assert "log_event_key" in plan[0].detail
