"""Names the tables of the store, and the versions of them that this code writes and reads."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from app.domain.log import Kind

SCHEMA_VERSION = 1
OLDEST_READABLE_VERSION = 1
VERSION_KEY = "schema_version"
LOG_ID_KEY = "log_id"  # tells this log from every other: snapshots name the log they were taken from

Lsn = BigInteger().with_variant(Integer, "sqlite")
# Ids sort by code point everywhere: SQLite compares bytes anyway, PostgreSQL has to be told.
Id = Text().with_variant(Text(collation="C"), "postgresql")

METADATA = MetaData()

meta = Table(
    "meta", METADATA, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False)
)

log = Table(
    "log",
    METADATA,
    Column("lsn", Lsn, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", Id, nullable=False),
    Column("body", Text, nullable=False),
)

_IS_EVENT = text(f"kind = '{Kind.EVENT}'")
# An event counts once however often it is sent.
Index("log_event_key", log.c.key, unique=True, sqlite_where=_IS_EVENT, postgresql_where=_IS_EVENT)

documents = Table(
    "documents",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("lsn", Lsn, nullable=False),
    Column("body", Text, nullable=False),
)

blobs = Table(
    "blobs",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("media_type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

jobs = Table(
    "jobs",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("lsn", Lsn, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    Column("body", Text, nullable=False),
)

claims = Table(
    "claims",
    METADATA,
    Column("key", Id, primary_key=True),
    Column("fingerprint", String(128), nullable=False),
    Column("lsn", Lsn, nullable=False),
    Column("num_rows", Integer, nullable=False),
    Column("at", Float, nullable=False, index=True),
)
