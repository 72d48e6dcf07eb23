"""Holds everything that differs between SQL databases: connecting, locking for a write, upserts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Insert, Table

BUSY_TIMEOUT_MS = 10_000  # how long a write waits for another process's commit
CACHE_KIB = 32 * 1024  # pages a connection may keep in memory
POOL_SIZE = 8  # connections kept open; more are opened when more threads read at once
BEGIN = "begin"  # execution option: the statement that opens the transaction


def connect(url: str, synchronous: str = "FULL") -> Engine:
    """Return an engine for the database at `url`; only SQLite files are served so far.

    `synchronous` is SQLite's: FULL makes each commit durable, OFF leaves it to the system.
    Raises InvalidInput for a URL that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput("store_url", f"not a database URL: {url!r}") from error
    if parsed.get_backend_name() != "sqlite":
        raise InvalidInput("store_url", f"no support for {parsed.get_backend_name()!r}; use sqlite:///FILE")
    if parsed.database in (None, "", ":memory:"):
        raise InvalidInput("store_url", "a log in memory would not be durable; name a file")
    engine = create_engine(
        parsed, pool_size=POOL_SIZE, max_overflow=-1, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )
    _configure(engine, synchronous)
    return engine


def _configure(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are opened by `begin` below, not by the driver
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"cache_size=-{CACHE_KIB}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that shuts out every other writer, so that LSN order is commit order."""
    with engine.connect().execution_options(**{BEGIN: "BEGIN IMMEDIATE"}) as connection, connection.begin():
        yield connection


def insert_or_replace(table: Table) -> Insert:
    """Return the statement that writes a row over the one with its primary key."""
    statement = sqlite_insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def insert_or_keep(table: Table) -> Insert:
    """Return the statement that writes a row unless one with its primary key is there."""
    return sqlite_insert(table).on_conflict_do_nothing(
        index_elements=[column.name for column in table.primary_key]
    )
