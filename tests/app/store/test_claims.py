"""What the table of idempotency claims promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Conflict
from app.domain.log import Appended, Claim
from app.store.claims import LIFETIME_S, find_claim, keep_claim, purge_claims
from app.store.dialect import writing

if TYPE_CHECKING:
    from app.store.store import Store


def test_found_and_refused(store: Store) -> None:
    """A kept claim is found by its request and refused to another."""
    with writing(store._engine) as connection:
        keep_claim(connection, Claim("k", "f"), Appended(7, 3), 10.0)
        assert find_claim(connection, Claim("k", "f"), 11.0) == Appended(7, 3, replayed=True)
        assert find_claim(connection, Claim("other", "f"), 11.0) is None
        with pytest.raises(Conflict):
            find_claim(connection, Claim("k", "g"), 11.0)


def test_purge(store: Store) -> None:
    """A purge takes away those that are a day old and counts them; a key may then be used anew."""
    with writing(store._engine) as connection:
        keep_claim(connection, Claim("old", "f"), Appended(1, 1), 0.0)
        keep_claim(connection, Claim("new", "f"), Appended(2, 1), 1.0)
        assert purge_claims(connection, LIFETIME_S) == 1
        assert find_claim(connection, Claim("new", "f"), 2.0) == Appended(2, 1, replayed=True)
        assert find_claim(connection, Claim("old", "f"), 2.0) is None
        keep_claim(connection, Claim("new", "g"), Appended(3, 1), 2 * LIFETIME_S)
        assert find_claim(connection, Claim("new", "g"), 2 * LIFETIME_S) == Appended(3, 1, replayed=True)
