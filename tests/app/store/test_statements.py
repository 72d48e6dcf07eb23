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
    dialect = store._engine.dialect.name
    statements = build_statements(dialect)
    with store._engine.connect() as connection:
        found = connection.execute(statements.known_events, {KEYS: ["x", "y", "z"]}).all()
        if dialect == "postgresql":  # a table of three rows is otherwise read whole
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if dialect == "sqlite" else "EXPLAIN "
        query = "SELECT key, lsn FROM log WHERE kind = 'event' AND key IN ('x', 'y')"
        plan = connection.exec_driver_sql(explain + query).all()
    assert sorted(tuple(row) for row in found) == [("x", 2), ("y", 3)]
    assert "log_event_key" in str(plan)
