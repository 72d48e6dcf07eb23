"""Opens stores for the tests of this folder: in an SQLite file, and in PostgreSQL where there is one."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from app.store.store import Store, open_store
from tests.app.store.postgres import NoPostgres, Server, serving
from tests.app.store.rows import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> Clock:
    """Time that moves only when told."""
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; the test is skipped, with the reason, where none can be started."""
    try:
        with serving() as server:
            yield server
    except NoPostgres as reason:
        pytest.skip(str(reason))


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'deep' / 'log.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn: every promise holds in both."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("file_url"))
    server: Server = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """What gives the URL of one empty database after another, of each kind in turn."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        return server.empty
    numbers = count()
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """A new store, closed afterwards."""
    opened = open_store(url, clock)
    yield opened
    opened.close()
