"""Writes events and device links to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.log import Kind, NewRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.events import Event
    from app.domain.log import Appended, Claim
    from app.domain.ports import Log


class EventWriter:
    """Records what people do; an event id counts once, however often it is sent."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def put(self, event: Event, claim: Claim | None = None) -> Appended:
        """Record one event; `num_rows` is 0 when its id was recorded before."""
        return await self.put_many([event], claim)

    async def put_many(self, events: Sequence[Event], claim: Claim | None = None) -> Appended:
        """Record events in one commit, in order; `num_rows` counts the ids that were new."""
        rows = [NewRow(Kind.EVENT, event.id, event.to_body()) for event in events]
        return await self._log.append(rows, claim)

    async def link(self, device: str, user: str, claim: Claim | None = None) -> Appended:
        """Say that a device is a user's from now on."""
        return await self._log.append([NewRow(Kind.DEVICE, device, {"user": user})], claim)
