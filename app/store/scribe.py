"""Writes appends, one after another, inside one open transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.sql import bindparam

from app.domain.log import Appended, Kind
from app.store.claims import find_claim, keep_claim
from app.store.dialect import insert_or_keep, insert_or_replace
from app.store.schema import blobs, documents, jobs, log

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from app.domain.log import Blob
    from app.store.prepared import Prepared, PreparedRow

LOOKUP_KEYS = 500  # keys of one IN list; every database takes that many
Numbered = tuple[int, "PreparedRow"]


class Scribe:
    """The pen of one write transaction: numbers rows and changes what follows from them."""

    def __init__(self, connection: Connection, now: float) -> None:
        self._connection = connection
        self._now = now
        self._lsn: int = connection.execute(select(func.coalesce(func.max(log.c.lsn), 0))).scalar_one()

    @property
    def lsn(self) -> int:
        """The LSN of the newest row written or found."""
        return self._lsn

    def write(self, prepared: Prepared) -> Appended:
        """Write one append. Raises Conflict, having written nothing, for a claim already used."""
        claim = prepared.claim
        if claim is not None and (first := find_claim(self._connection, claim, self._now)) is not None:
            return first
        appended = self._write_rows(prepared)
        if claim is not None:
            keep_claim(self._connection, claim, appended, self._now)
        return appended

    def _write_rows(self, prepared: Prepared) -> Appended:
        known = self._known_events(row.key for row in prepared.rows if row.kind is Kind.EVENT)
        fresh = _without_repeats(prepared.rows, known)
        numbered = list(enumerate(fresh, start=self._lsn + 1))
        self._write_blobs(prepared.blobs)
        self._write_log(numbered)
        self._write_documents(numbered)
        self._write_jobs(numbered)
        self._lsn += len(numbered)
        seen_at = max(known.values(), default=self._lsn)
        return Appended(lsn=self._lsn if numbered else seen_at, num_rows=len(numbered))

    def _known_events(self, keys: Iterable[str]) -> dict[str, int]:
        asked = list(dict.fromkeys(keys))
        known: dict[str, int] = {}
        query = select(log.c.key, log.c.lsn).where(
            log.c.kind == Kind.EVENT, log.c.key.in_(bindparam("keys", expanding=True))
        )
        for start in range(0, len(asked), LOOKUP_KEYS):
            rows = self._connection.execute(query, {"keys": asked[start : start + LOOKUP_KEYS]})
            known.update((row.key, row.lsn) for row in rows)
        return known

    def _write_log(self, numbered: Sequence[Numbered]) -> None:
        values = [
            {"lsn": lsn, "at": self._now, "kind": row.kind.value, "key": row.key, "body": row.text}
            for lsn, row in numbered
        ]
        if values:
            self._connection.execute(insert(log), values)

    def _write_documents(self, numbered: Sequence[Numbered]) -> None:
        puts: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        for lsn, row in _newest(numbered, {Kind.ITEM_PUT, Kind.ITEM_DELETE}):
            if row.kind is Kind.ITEM_PUT:
                puts.append({"id": row.key, "lsn": lsn, "body": row.text})
            else:
                gone.append({"gone": row.key})
        if puts:
            self._connection.execute(insert_or_replace(documents), puts)
        if gone:
            self._connection.execute(delete(documents).where(documents.c.id == bindparam("gone")), gone)

    def _write_jobs(self, numbered: Sequence[Numbered]) -> None:
        values = [
            {
                "id": row.key,
                "lsn": lsn,
                "status": row.body["status"],
                "created_at": row.body["created_at"],
                "body": row.text,
            }
            for lsn, row in _newest(numbered, {Kind.JOB})
        ]
        if values:
            self._connection.execute(insert_or_replace(jobs), values)

    def _write_blobs(self, new: Sequence[Blob]) -> None:
        values = [
            {"digest": blob.digest, "media_type": blob.media_type, "content": blob.content} for blob in new
        ]
        if values:
            self._connection.execute(insert_or_keep(blobs), values)


def _without_repeats(rows: Iterable[PreparedRow], known: dict[str, int]) -> list[PreparedRow]:
    seen = set(known)
    fresh = []
    for row in rows:
        if row.kind is Kind.EVENT:
            if row.key in seen:
                continue
            seen.add(row.key)
        fresh.append(row)
    return fresh


def _newest(numbered: Sequence[Numbered], kinds: set[Kind]) -> list[Numbered]:
    return list({row.key: (lsn, row) for lsn, row in numbered if row.kind in kinds}.values())
