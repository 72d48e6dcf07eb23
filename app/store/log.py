"""Answers the port `Log` from the SQL tables: appends through the writer, reads from any thread."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import Unavailable
from app.domain.log import Kind, LogRow
from app.store.claims import find_claim
from app.store.dialect import plain_rows
from app.store.prepared import prepare
from app.store.schema import log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Engine

    from app.domain.log import Appended, Claim, NewRow
    from app.store.arrivals import Arrivals
    from app.store.writer import Writer

POLL_S = 0.1  # other processes' commits are seen this late at most
SHARED_S = 0.04  # for which waiting threads share what one of them saw
KINDS = {kind.value: kind for kind in Kind}
LARGE_ROWS = 64  # appends of more rows are encoded off the event loop


class SqlLog:
    """The log of one database. `clock` gives seconds since the epoch, UTC."""

    def __init__(
        self, engine: Engine, writer: Writer, arrivals: Arrivals, clock: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._arrivals = arrivals
        self._clock = clock
        self._newest = select(func.coalesce(func.max(log.c.lsn), 0))

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        """Write rows in order in one commit and return once they are durable.

        Raises InvalidInput for a body that is no JSON, and what the port says.
        """
        if len(rows) > LARGE_ROWS:
            prepared = await asyncio.to_thread(prepare, rows, claim)
        else:
            prepared = prepare(rows, claim)
        return await asyncio.wrap_future(self._writer.submit(prepared))

    def claimed(self, claim: Claim) -> Appended | None:
        with self._engine.connect() as connection:
            return find_claim(connection, claim, self._clock())

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
        query = select(log).where(log.c.lsn > after).order_by(log.c.lsn).limit(limit)
        with self._engine.connect() as connection:
            if kinds is not None:
                # LSNs have no gaps: the next `limit` rows end at a number that can be computed.
                end = min(after + limit, connection.execute(self._newest).scalar_one())
                wanted = log.c.kind.in_([kind.value for kind in kinds]) | (log.c.lsn == end)
                query = select(log).where(log.c.lsn > after, log.c.lsn <= end, wanted).order_by(log.c.lsn)
            rows = plain_rows(connection, query)
        bodies = json.loads(f"[{','.join([text for *_, text in rows])}]")  # one parse costs half of many
        return [
            LogRow(lsn, at, KINDS[kind], key, body)
            for (lsn, at, kind, key, _), body in zip(rows, bodies, strict=True)
        ]

    def last_lsn(self) -> int:
        with self._engine.connect() as connection:
            lsn: int = connection.execute(self._newest).scalar_one()
            return lsn

    def wait(self, after: int, timeout_s: float) -> bool:
        """Block until a row above `after` is durable; False when the time is over or the store closed.

        Rows of this process wake it at once, rows of others within `POLL_S`.
        """
        until = time.monotonic() + timeout_s
        while not self._arrivals.closed:
            if self._seen_above(after):
                return True
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            if self._arrivals.sleep(after, min(left_s, POLL_S - SHARED_S)):
                return True
        return False

    def _seen_above(self, after: int) -> bool:
        try:
            return self._arrivals.look(self.last_lsn, SHARED_S) > after
        except SQLAlchemyError as error:
            raise Unavailable(f"the store cannot be read: {error}") from error
