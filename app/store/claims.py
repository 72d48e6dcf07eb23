"""Keeps idempotency claims: which request a caller's key stood for, and what it was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from app.domain.errors import Conflict
from app.domain.log import Appended
from app.store.dialect import insert_or_replace
from app.store.schema import claims

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.domain.log import Claim

LIFETIME_S = 24 * 3600.0


def find_claim(connection: Connection, claim: Claim, now: float) -> Appended | None:
    """Return the first acknowledgement of this claim, None when its key is new or a day old.

    Raises Conflict when the key stands for another request.
    """
    query = select(claims).where(claims.c.key == claim.key, claims.c.at > now - LIFETIME_S)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise Conflict(f"the idempotency key {claim.key!r} was used for another request")
    return Appended(lsn=row.lsn, num_rows=row.num_rows, replayed=True)


def keep_claim(connection: Connection, claim: Claim, appended: Appended, now: float) -> None:
    """Remember what this claim was answered."""
    values = {
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "lsn": appended.lsn,
        "num_rows": appended.num_rows,
        "at": now,
    }
    connection.execute(insert_or_replace(claims, connection.dialect.name), values)


def purge_claims(connection: Connection, now: float) -> int:
    """Forget claims that are a day old and return how many they were."""
    return connection.execute(delete(claims).where(claims.c.at <= now - LIFETIME_S)).rowcount
