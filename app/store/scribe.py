"""Writes appends, one after another, inside one open transaction."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from app.domain.bodies import compact_json
from app.domain.log import Appended, Kind
from app.store.claims import find_claim, keep_claim
from app.store.dialect import among_values, insert_many
from app.store.erase import erase
from app.store.statements import GONE, KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from app.domain.log import Blob, Erased
    from app.store.prepared import Prepared, PreparedRow
    from app.store.statements import Statements

LOOKUP_KEYS = 2_000  # keys asked for at once
Numbered = tuple[int, "PreparedRow"]


class Scribe:
    """The pen of one write transaction: numbers rows and changes what follows from them."""

    def __init__(self, connection: Connection, statements: Statements, now: float) -> None:
        self._connection = connection
        self._statements = statements
        self._now = now
        self._lsn: int = connection.execute(statements.newest_lsn).scalar_one()

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
        fresh, erased = self._erase(fresh)
        numbered = list(enumerate(fresh, start=self._lsn + 1))
        self._write_blobs(prepared.blobs)
        self._write_log(numbered)
        self._write_documents(numbered)
        self._write_jobs(numbered)
        self._lsn += len(numbered)
        seen_at = max(known.values(), default=self._lsn)
        return Appended(self._lsn if numbered else seen_at, len(numbered), erased=erased)

    def _erase(self, rows: list[PreparedRow]) -> tuple[list[PreparedRow], Erased | None]:
        """Take out of the log what rows erase; these then say which devices went with the user."""
        written, erased = [], None
        for row in rows:
            if row.erases is None:
                written.append(row)
                continue
            erased = erase(self._connection, row.erases)
            body = {**row.body, "devices": [sha256(device.encode()).hexdigest() for device in erased.devices]}
            written.append(row._replace(text=compact_json(body), body=body))
        return written, erased

    def _known_events(self, keys: Iterable[str]) -> dict[str, int]:
        asked = list(dict.fromkeys(keys))
        known: dict[str, int] = {}
        for start in range(0, len(asked), LOOKUP_KEYS):
            some = {KEYS: among_values(asked[start : start + LOOKUP_KEYS], self._connection.dialect.name)}
            known.update(
                (key, lsn) for key, lsn in self._connection.execute(self._statements.known_events, some)
            )
        return known

    def _write_log(self, numbered: Sequence[Numbered]) -> None:
        if numbered:
            now = self._now
            rows = [(lsn, now, row.kind.value, row.key, row.text) for lsn, row in numbered]
            insert_many(self._connection, self._statements.add_row, rows)

    def _write_documents(self, numbered: Sequence[Numbered]) -> None:
        puts: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        for lsn, row in _newest(numbered, {Kind.ITEM_PUT, Kind.ITEM_DELETE}):
            if row.kind is Kind.ITEM_PUT:
                puts.append({"id": row.key, "lsn": lsn, "body": row.text})
            else:
                gone.append({GONE: row.key})
        if puts:
            self._connection.execute(self._statements.put_document, puts)
        if gone:
            self._connection.execute(self._statements.remove_document, gone)

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
            self._connection.execute(self._statements.put_job, values)

    def _write_blobs(self, new: Sequence[Blob]) -> None:
        values = [
            {"digest": blob.digest, "media_type": blob.media_type, "content": blob.content} for blob in new
        ]
        if values:
            self._connection.execute(self._statements.keep_blob, values)


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
