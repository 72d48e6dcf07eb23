"""What the prepared statements promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.store.dialect import among_values
from app.store.statements import KEYS, build_statements
from tests.app.store.rows import append, click, put

if TYPE_CHECKING:
    from app.store.store import Store

ON_SQLITE = """EXPLAIN QUERY PLAN SELECT key, lsn FROM log
WHERE kind = 'event' AND key IN (SELECT value FROM json_each('["x", "y"]'))"""
ON_POSTGRESQL = "EXPLAIN SELECT key, lsn FROM log WHERE kind = 'event' AND key IN ('x', 'y')"


def test_known_events(store: Store) -> None:
    """Only events are found by their key, each with its number, through the unique index."""
    append(store, put("x"), click("x"), click("y"))
    dialect = store._engine.dialect.name
    statements = build_statements(dialect)
    with store._engine.connect() as connection:
        asked = {KEYS: among_values(["x", "y", "z"], dialect)}
        found = connection.execute(statements.known_events, asked).all()
        if dialect == "postgresql":  # a table of three rows is otherwise read whole
            connection.exec_driver_sql("SET enable_seqscan = off")
        query = ON_SQLITE if dialect == "sqlite" else ON_POSTGRESQL
        plan = connection.exec_driver_sql(query).all()
    assert sorted(tuple(row) for row in found) == [("x", 2), ("y", 3)]
    assert "log_event_key" in str(plan)
