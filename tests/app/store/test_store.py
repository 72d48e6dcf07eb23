"""What opening and closing a store promises."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Unavailable
from app.domain.log import Claim
from app.store.schema import SCHEMA_VERSION
from app.store.store import open_store
from tests.app.store.rows import append, keys, put

if TYPE_CHECKING:
    from tests.app.store.postgres import Server


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_reopen(url: str) -> None:
    """What was appended before a close is there after opening again, and so is the log's own name."""
    first = open_store(url)
    append(first, put("a", "Apple"), put("b"))
    first.close()
    second = open_store(url)
    assert keys(second) == ["a", "b"]
    assert second.log.last_lsn() == 2
    assert second.log_id == first.log_id
    item = second.documents.get("a")
    assert item is not None
    assert item.title == "Apple"
    second.close()


def test_two_logs_have_two_names(tmp_path: Path) -> None:
    """Every new log gets a name of its own."""
    one, two = (open_store(f"sqlite:///{tmp_path / name}.db") for name in "ab")
    assert one.log_id != two.log_id
    one.close()
    two.close()


def test_newer_schema(file_url: str) -> None:
    """A file of a newer release is refused with both versions named."""
    open_store(file_url).close()
    with sqlite3.connect(_file(file_url)) as connection:
        connection.execute(
            "UPDATE meta SET value = ? WHERE key = 'schema_version'", [str(SCHEMA_VERSION + 1)]
        )
    connection.close()
    with pytest.raises(
        Unavailable, match=f"schema version {SCHEMA_VERSION + 1}.*reads 1 to {SCHEMA_VERSION}"
    ):
        open_store(file_url)


def test_no_database(file_url: str) -> None:
    """A file that is no database is refused, and left as it is."""
    _file(file_url).parent.mkdir()
    _file(file_url).write_bytes(b"definitely not a database" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_store(file_url)
    assert _file(file_url).read_bytes().startswith(b"definitely")


def test_durability_settings(file_url: str) -> None:
    """Commits are synced in full and the write-ahead log is on."""
    store = open_store(file_url)
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    store.close()


def test_after_close(url: str) -> None:
    """A closed store takes nothing more and says so."""
    store = open_store(url)
    store.close()
    with pytest.raises(Unavailable, match="closed"):
        append(store, put("a"), claim=Claim("k", "f"))


def test_the_tables_lie_in_the_server(postgres: Server) -> None:
    """Log and documents are rows of the PostgreSQL database that the URL names; two processes may open it."""
    url = postgres.empty()
    one, two = open_store(url), open_store(url)
    assert one.log_id == two.log_id
    append(one, put("a", "Apple"))
    assert keys(two) == ["a"]
    assert postgres.ask("SELECT id, body::json->>'title' FROM documents") == [("a", "Apple")]
    assert postgres.ask("SELECT lsn, kind FROM log") == [(1, "item.put")]
    one.close()
    two.close()
