"""Caches vectors by the content they were made from, in a database file of their own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, Text, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from app.store.dialect import connect, insert_or_replace, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    from sqlalchemy import BindParameter

# The only version that is read: another one is another table, and only costs encoding again.
CACHE_VERSION = 1
LOOKUP_KEYS = 500
STORED = np.dtype("<f4")
LOGGER = logging.getLogger(__name__)

METADATA = MetaData()
embeddings = Table(
    f"embeddings_{CACHE_VERSION}",
    METADATA,
    Column("encoder", Text, primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)


class SqlVectorCache:
    """Answers the port `VectorCache`. A file that fails is told in the log and costs only time."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._engine = connect(f"sqlite:///{file}", synchronous="OFF")
        digests: BindParameter[str] = bindparam("digests", expanding=True)
        self._find = select(embeddings.c.digest, embeddings.c.vector).where(
            embeddings.c.encoder == bindparam("encoder"), embeddings.c.digest.in_(digests)
        )
        self._keep = insert_or_replace(embeddings)
        try:
            with writing(self._engine) as connection:  # one process at a time makes what is missing
                METADATA.create_all(connection)
        except SQLAlchemyError as error:
            LOGGER.warning("vectors are not cached: %s", error)

    def get_many(self, encoder: str, digests: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        found: dict[str, npt.NDArray[np.float32]] = {}
        try:
            with self._engine.connect() as connection:
                for start in range(0, len(digests), LOOKUP_KEYS):
                    some = {"encoder": encoder, "digests": digests[start : start + LOOKUP_KEYS]}
                    found.update(
                        (digest, np.frombuffer(vector, STORED).astype(np.float32))
                        for digest, vector in connection.execute(self._find, some)
                    )
        except SQLAlchemyError as error:
            LOGGER.warning("cached vectors cannot be read: %s", error)
        return found

    def put_many(self, encoder: str, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        rows = [
            {"encoder": encoder, "digest": digest, "vector": vector.astype(STORED).tobytes()}
            for digest, vector in vectors.items()
        ]
        try:
            if rows:
                with writing(self._engine) as connection:
                    connection.execute(self._keep, rows)
        except SQLAlchemyError as error:
            LOGGER.warning("vectors cannot be cached: %s", error)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()
