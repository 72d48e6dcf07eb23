"""What one write transaction promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Conflict
from app.domain.log import Appended, Claim
from app.store.dialect import writing
from app.store.prepared import prepare
from app.store.scribe import Scribe
from app.store.statements import build_statements
from tests.app.store.rows import append, click, keys, put

if TYPE_CHECKING:
    from app.store.store import Store


def test_appends_see_each_other(store: Store) -> None:
    """In one transaction numbers go on, events of earlier appends are known, and so are claims."""
    claim = Claim("key", "print")
    with writing(store._engine) as connection:
        scribe = Scribe(connection, build_statements(store._engine.dialect.name), 5.0)
        assert scribe.write(prepare([put("a"), click("x")], claim)) == Appended(2, 2)
        assert scribe.write(prepare([click("x"), click("y")])) == Appended(3, 1)
        assert scribe.write(prepare([put("b")], claim)) == Appended(2, 2, replayed=True)
        with pytest.raises(Conflict):
            scribe.write(prepare([put("b")], Claim("key", "other")))
        assert scribe.lsn == 3
    assert keys(store) == ["a", "x", "y"]


def test_goes_on_from_the_end(store: Store) -> None:
    """A new transaction numbers on from the newest row, and knows the events of all before."""
    append(store, *(click(str(i)) for i in range(1_200)))
    with writing(store._engine) as connection:
        scribe = Scribe(connection, build_statements(store._engine.dialect.name), 5.0)
        assert scribe.lsn == 1_200
        again = prepare([click(str(i)) for i in range(1_201)])
        assert scribe.write(again) == Appended(1_201, 1)


def test_rolled_back(store: Store) -> None:
    """What is written in a transaction that fails is nowhere."""

    def fail() -> None:
        with writing(store._engine) as connection:
            Scribe(connection, build_statements(store._engine.dialect.name), 5.0).write(prepare([put("a")]))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert keys(store) == []
    assert store.documents.count() == 0
