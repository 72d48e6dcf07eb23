"""Owns the one thread that commits appends in groups: one transaction, one fsync, many callers."""

from __future__ import annotations

import logging
import time
from threading import Thread
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import TrouvereError, Unavailable
from app.store.claims import purge_claims
from app.store.dialect import writing
from app.store.inbox import Inbox, Pending
from app.store.scribe import Scribe
from app.store.statements import build_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from sqlalchemy import Engine

    from app.domain.log import Appended
    from app.store.inbox import Bounds
    from app.store.prepared import Prepared

PURGE_EVERY_S = 600.0
LOGGER = logging.getLogger(__name__)


class Writer:
    """Takes appends from any thread and resolves their futures once they are durable.

    `committed` is called with the newest LSN after each commit, in the writer thread.
    """

    def __init__(
        self, engine: Engine, bounds: Bounds, clock: Callable[[], float], committed: Callable[[int], None]
    ) -> None:
        self._engine = engine
        self._statements = build_statements(engine.dialect.name)
        self._inbox = Inbox(bounds)
        self._clock = clock
        self._committed = committed
        self._purge_at = clock()
        self._thread = Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def submit(self, prepared: Prepared) -> Future[Appended]:
        """Queue one append. Raises Overloaded or Unavailable; the future may hold any TrouvereError."""
        pending = Pending(prepared)
        self._inbox.offer(pending)
        return pending.future

    def close(self) -> None:
        """Commit what waits and end the thread."""
        self._inbox.close()
        self._thread.join()

    def _run(self) -> None:
        while group := self._inbox.take():
            live = [pending for pending in group if pending.future.set_running_or_notify_cancel()]
            started = time.perf_counter()
            if live:
                self._commit_or_split(live)
            size = sum(pending.prepared.size_bytes for pending in live)
            self._inbox.drained(size, time.perf_counter() - started)

    def _commit_or_split(self, group: Sequence[Pending]) -> None:
        """Commit a group; when it fails, commit its members alone, so that only the culprits fail."""
        try:
            outcomes = self._commit(group)
        except Exception as error:  # whatever it is, it belongs to the callers
            if len(group) > 1:
                for pending in group:
                    self._commit_or_split([pending])
            else:
                LOGGER.exception("an append failed")
                group[0].future.set_exception(_named(error))
            return
        for pending, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, TrouvereError):
                pending.future.set_exception(outcome)
            else:
                pending.future.set_result(outcome)

    def _commit(self, group: Sequence[Pending]) -> list[Appended | TrouvereError]:
        now = self._clock()
        with writing(self._engine) as connection:
            scribe = Scribe(connection, self._statements, now)
            outcomes = [_attempt(scribe, pending) for pending in group]
            if now >= self._purge_at:
                purge_claims(connection, now)
                self._purge_at = now + PURGE_EVERY_S
        self._committed(scribe.lsn)
        return outcomes


def _attempt(scribe: Scribe, pending: Pending) -> Appended | TrouvereError:
    try:
        return scribe.write(pending.prepared)
    except TrouvereError as refusal:  # raised before anything was written
        return refusal


def _named(error: Exception) -> TrouvereError:
    if isinstance(error, TrouvereError):
        return error
    if isinstance(error, SQLAlchemyError):
        return Unavailable(f"the store cannot be written: {getattr(error, 'orig', None) or error}")
    return Unavailable(f"the store failed: {error!r}")
