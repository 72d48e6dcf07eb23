"""Opens stores for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.store.store import Store, open_store
from tests.app.store.rows import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> Clock:
    """Time that moves only when told."""
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'deep' / 'log.db'}"


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """A new store, closed afterwards."""
    opened = open_store(url, clock)
    yield opened
    opened.close()
