"""What the one place that knows the database's dialect promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from app.domain.errors import InvalidInput, Unavailable
from app.domain.log import Kind
from app.store.dialect import (
    among,
    among_values,
    connect,
    file_of,
    insert_many,
    insert_or_keep,
    insert_or_replace,
    plain_rows,
    writing,
)
from app.store.schema import METADATA, documents, log
from app.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no url", "not a database URL"),
        ("postgresql://someone@host", "name a database"),
        ("mysql://host/db", "no support for 'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_unusable_urls(url: str, message: str) -> None:
    """A URL that cannot hold a durable log is refused by the setting's name."""
    with pytest.raises(InvalidInput, match=message) as refused:
        connect(url)
    assert refused.value.field == "store_url"


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:s3cret@[::1", "postgresql://me:s3cret@127.0.0.1:1/db", "mysql://me:s3cret@host/db"],
)
def test_a_password_is_never_told(url: str) -> None:
    """Neither a URL that cannot be read nor a server that cannot be reached spells out the password."""
    with pytest.raises((InvalidInput, Unavailable)) as refused:
        open_store(url)
    assert "s3cret" not in f"{refused.value} {refused.value.__cause__!r}"


def test_files_and_servers_are_told_apart(tmp_path: Path) -> None:
    """An SQLite database is a file; a server's is none."""
    engine = connect(f"sqlite:///{tmp_path}/a.db")
    assert file_of(engine) == tmp_path / "a.db"
    assert file_of(connect("postgresql://someone@host/db")) is None


def test_upserts(tmp_path: object) -> None:
    """Replacing writes over a row with the same key, keeping leaves it as it is."""
    engine = connect(f"sqlite:///{tmp_path}/a.db")
    METADATA.create_all(engine)
    with writing(engine) as connection:
        connection.execute(insert_or_replace(documents), {"id": "a", "lsn": 1, "body": "one"})
        connection.execute(insert_or_replace(documents), {"id": "a", "lsn": 2, "body": "two"})
        connection.execute(insert_or_keep(documents), {"id": "a", "lsn": 3, "body": "three"})
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(select(documents))] == [("a", 2, "two")]
    engine.dispose()


def test_many_keys_are_asked_for_and_many_rows_written_alike_everywhere(url: str) -> None:
    """Rows of plain values arrive as given, whatever is in their texts; keys are found exactly."""
    names = ["plain", 'quo"ted', "back\\slash", "é\u2028", "o'clock", "12"]
    open_store(url).close()
    engine = connect(url)
    dialect = engine.dialect.name
    rows = [(number, 1.5, Kind.EVENT.value, name, "{}") for number, name in enumerate(names, start=1)]
    query = select(log.c.key, log.c.lsn).where(among(log.c.key, "keys", dialect)).order_by(log.c.lsn)
    with writing(engine) as connection:
        insert_many(connection, insert(log), rows)
        assert plain_rows(connection, select(log).order_by(log.c.lsn)) == rows
        asked = {"keys": among_values([*names[1:], "other"], dialect)}
        found = [tuple(row) for row in connection.execute(query, asked)]
    engine.dispose()
    assert found == [(number, name)[::-1] for number, name in enumerate(names, start=1)][1:]
