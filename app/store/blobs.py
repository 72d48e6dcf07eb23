"""Answers the port `Blobs` from the SQL table of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from app.domain.log import Blob
from app.store.schema import blobs

if TYPE_CHECKING:
    from sqlalchemy import Engine


class SqlBlobs:
    """Bytes by the SHA-256 of their content; every method may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, digest: str) -> Blob | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(blobs).where(blobs.c.digest == digest)).one_or_none()
        return None if row is None else Blob(row.digest, row.media_type, row.content)
