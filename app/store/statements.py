"""Builds, once a store, the statements that every write uses: building costs more than running them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, select

from app.domain.log import Kind
from app.store.dialect import SQLITE, among, insert_or_keep, insert_or_replace
from app.store.schema import blobs, documents, jobs, log

if TYPE_CHECKING:
    from sqlalchemy import Delete, Insert, Select

KEYS = "keys"  # parameter of `known_events`
GONE = "gone"  # parameter of `remove_document`


@dataclass(frozen=True, slots=True)
class Statements:
    """What a `Scribe` says to the database."""

    newest_lsn: Select[int]
    known_events: Select[str, int]
    add_row: Insert
    put_document: Insert
    remove_document: Delete
    put_job: Insert
    keep_blob: Insert


def build_statements(dialect: str = SQLITE) -> Statements:
    """Return the statements of the tables in `app.store.schema`, as this database says them."""
    return Statements(
        newest_lsn=select(func.coalesce(func.max(log.c.lsn), 0)),
        known_events=select(log.c.key, log.c.lsn).where(
            log.c.kind == Kind.EVENT.value, among(log.c.key, KEYS, dialect)
        ),
        add_row=insert(log),
        put_document=insert_or_replace(documents, dialect),
        remove_document=delete(documents).where(documents.c.id == bindparam(GONE)),
        put_job=insert_or_replace(jobs, dialect),
        keep_blob=insert_or_keep(blobs, dialect),
    )
