"""Opens a database and hands out the ports it answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import Unavailable
from app.store.arrivals import Arrivals
from app.store.blobs import SqlBlobs
from app.store.dialect import connect, file_of, writing
from app.store.documents import SqlDocuments
from app.store.inbox import Bounds
from app.store.jobs import SqlJobs
from app.store.log import SqlLog
from app.store.schema import LOG_ID_KEY, METADATA, OLDEST_READABLE_VERSION, SCHEMA_VERSION, VERSION_KEY, meta
from app.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from app.domain.ports import Blobs, Documents, Jobs, Log


@dataclass(frozen=True, slots=True)
class Store:
    """One open database. After `close` nothing of it may be used.

    `log_id` is the log's own name, made when it was created: snapshots are bound to it.
    """

    log_id: str
    log: Log
    documents: Documents
    blobs: Blobs
    jobs: Jobs
    _engine: Engine
    _writer: Writer
    _arrivals: Arrivals

    def close(self) -> None:
        """Commit what waits, wake whoever waits on the log, and let go of the file."""
        self._writer.close()
        self._arrivals.close()
        self._engine.dispose()


def open_store(url: str, clock: Callable[[], float] = time.time, bounds: Bounds | None = None) -> Store:
    """Open the database at `url`, creating what is missing.

    `clock` gives seconds since the epoch, UTC. Raises InvalidInput for an unusable URL and
    Unavailable for a file that cannot be opened or is of a version this code does not read.
    """
    engine = connect(url)
    if (file := file_of(engine)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        log_id = _adopt(engine)
    except (SQLAlchemyError, Unavailable) as error:
        engine.dispose()
        if isinstance(error, Unavailable):
            raise
        raise Unavailable(f"the store cannot be opened: {getattr(error, 'orig', None) or error}") from error
    arrivals = Arrivals()
    writer = Writer(engine, bounds or Bounds(), clock, arrivals.announce)
    log = SqlLog(engine, writer, arrivals, clock)
    documents, blobs, jobs = SqlDocuments(engine), SqlBlobs(engine), SqlJobs(engine)
    return Store(log_id, log, documents, blobs, jobs, engine, writer, arrivals)


def _adopt(engine: Engine) -> str:
    """Create the tables of a new file, or check that this code reads an old one; return its log id."""
    with writing(engine) as connection:
        if not engine.dialect.has_table(connection, meta.name):
            METADATA.create_all(connection)
            facts = {VERSION_KEY: str(SCHEMA_VERSION), LOG_ID_KEY: uuid4().hex}
            connection.execute(insert(meta), [{"key": key, "value": value} for key, value in facts.items()])
        found = {row.key: row.value for row in connection.execute(select(meta))}
    version = int(found[VERSION_KEY])
    if not OLDEST_READABLE_VERSION <= version <= SCHEMA_VERSION:
        message = (
            f"the store has schema version {version}; "
            f"this release reads {OLDEST_READABLE_VERSION} to {SCHEMA_VERSION}"
        )
        raise Unavailable(message)
    return str(found[LOG_ID_KEY])
