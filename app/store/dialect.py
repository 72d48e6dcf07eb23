"""Holds everything that differs between SQL databases: connecting, locking for a write, upserts."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, create_engine, event, func, select, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, BindParameter, ColumnElement, Connection, Engine, Insert, Select, Table
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

BUSY_TIMEOUT_MS = 10_000  # how long a write waits for another process's commit
CACHE_KIB = 32 * 1024  # pages a connection may keep in memory
POOL_SIZE = 8  # connections kept open; more are opened when more threads read at once
SERVER_OVERFLOW = 24  # connections beyond those: a server has a hundred for everybody
WRITE_LOCK = 0x7472_6F75_7665_7265  # "trouvere": the advisory lock that writers hold
SQLITE, POSTGRESQL = "sqlite", "postgresql"
WAYS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
BEGIN = "begin"  # execution option: the statement that opens the transaction


def connect(url: str, synchronous: str = "FULL") -> Engine:
    """Return an engine for the database at `url`: an SQLite file, or a PostgreSQL server's database.

    `synchronous` is SQLite's: FULL makes each commit durable, OFF leaves it to the system. Raises
    InvalidInput for a URL that cannot be used; it never tells the URL, which may hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # whose words may repeat the URL
        raise InvalidInput("store_url", "this is not a database URL") from None
    backend = parsed.get_backend_name()
    if backend == POSTGRESQL:
        return _server(parsed)
    if backend != SQLITE:
        raise InvalidInput("store_url", f"no support for {backend!r}; use {WAYS}")
    if parsed.database in (None, "", ":memory:"):
        raise InvalidInput("store_url", "a log in memory would not be durable; name a file")
    engine = create_engine(
        parsed, pool_size=POOL_SIZE, max_overflow=-1, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )
    _configure(engine, synchronous)
    return engine


def _server(url: URL) -> Engine:
    """Return an engine of a PostgreSQL server; connections that died while they waited are replaced."""
    if not url.database:
        raise InvalidInput("store_url", f"name a database of the server: {WAYS}")
    try:
        return create_engine(
            url.set(drivername=f"{POSTGRESQL}+psycopg"),
            pool_size=POOL_SIZE,
            max_overflow=SERVER_OVERFLOW,
            pool_pre_ping=True,
            connect_args={"connect_timeout": BUSY_TIMEOUT_MS // 1000, "application_name": "trouvere"},
        )
    except ModuleNotFoundError as error:
        raise InvalidInput("store_url", "PostgreSQL needs psycopg: install trouvere[postgresql]") from error


def file_of(engine: Engine) -> Path | None:
    """Return the file of an SQLite database, None for a server's."""
    is_file = engine.dialect.name == SQLITE and engine.url.database is not None
    return Path(str(engine.url.database)) if is_file else None


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
    """Open a transaction that shuts out every other writer, so that LSN order is commit order.

    SQLite has one writer anyway. PostgreSQL is given a lock that ends with the transaction, after what
    it wrote can be seen: whoever gets it next numbers on from there.
    """
    with engine.connect().execution_options(**{BEGIN: "BEGIN IMMEDIATE"}) as connection, connection.begin():
        if engine.dialect.name == POSTGRESQL:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITE_LOCK})
        yield connection


def insert_or_replace(table: Table, dialect: str = SQLITE) -> Insert:
    """Return the statement that writes a row over the one with its primary key."""
    statement = _insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def insert_or_keep(table: Table, dialect: str = SQLITE) -> Insert:
    """Return the statement that writes a row unless one with its primary key is there."""
    return _insert(table, dialect).on_conflict_do_nothing(
        index_elements=[column.name for column in table.primary_key]
    )


def among(column: ColumnElement[str], keys: str, dialect: str = SQLITE) -> ColumnElement[bool]:
    """Return the condition that a column holds one of the texts that `among_values` makes of a list.

    SQLite takes them as one JSON list: thousands of parameters cost more than what they ask for.
    """
    if dialect != SQLITE:
        several: BindParameter[str] = bindparam(keys, expanding=True)
        return column.in_(several)
    each = func.json_each(bindparam(keys, type_=Text)).table_valued("value")
    return column.in_(select(each.c.value))


def among_values(keys: Sequence[str], dialect: str = SQLITE) -> Any:
    """Return what `among` takes for these texts."""
    return json.dumps(keys) if dialect == SQLITE else keys


def insert_many(connection: Connection, statement: Insert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of values in the order of the table's columns, which need no conversion.

    SQLite's driver takes them as they are: a mapping each would cost as much as the insert.
    """
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql(_words(statement), list(rows))
    else:
        names = statement.table.columns.keys()
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def plain_rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows as the driver gives them, for columns that need no conversion."""
    cursor = connection.execute(query).cursor
    return [] if cursor is None else [*cursor.fetchall()]


@cache
def _words(statement: Insert) -> str:
    return str(statement.compile(dialect=sqlite_dialect()))


def _insert(table: Table, dialect: str) -> SqliteInsert | PostgresqlInsert:
    return postgresql_insert(table) if dialect == POSTGRESQL else sqlite_insert(table)
