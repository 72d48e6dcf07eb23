"""What the tables promise to whoever reads the file directly."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from app.store.schema import METADATA, OLDEST_READABLE_VERSION, SCHEMA_VERSION, documents, log


def test_versions() -> None:
    """This release reads its own version and none above."""
    assert 1 <= OLDEST_READABLE_VERSION <= SCHEMA_VERSION


def test_tables() -> None:
    """These tables, no others, make up the store."""
    assert sorted(METADATA.tables) == ["blobs", "claims", "documents", "jobs", "log", "meta"]


def test_the_same_tables_in_postgresql() -> None:
    """The schema compiles for PostgreSQL: wide LSNs, ids by code point, events unique by their key."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # the package leaves it untyped
    created = str(CreateTable(log).compile(dialect=dialect))
    assert "lsn BIGINT NOT NULL" in created
    assert 'id TEXT COLLATE "C" NOT NULL' in str(CreateTable(documents).compile(dialect=dialect))
    (index,) = log.indexes
    unique = str(CreateIndex(index).compile(dialect=dialect))
    assert unique == "CREATE UNIQUE INDEX log_event_key ON log (key) WHERE kind = 'event'"
