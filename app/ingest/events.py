"""Writes events and device links to the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.log import Kind, NewRow
from indexes.behavior.changes import name_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.events import Event
    from app.domain.log import Appended, Claim
    from app.domain.ports import Log


class EventWriter:
    """Records what people do; an event id counts once, however often it is sent."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.last_lsn = 0  # the newest that was acknowledged here

    async def put(self, event: Event, claim: Claim | None = None) -> Appended:
        """Record one event; `num_rows` is 0 when its id was recorded before."""
        return await self.put_many([event], claim)

    async def put_many(self, events: Sequence[Event], claim: Claim | None = None) -> Appended:
        """Record events in one commit, in order; `num_rows` counts the ids that were new."""
        return await self.put_rows([NewRow(Kind.EVENT, event.id, event.to_body()) for event in events], claim)

    async def put_rows(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        """Record events that are rows of the log already, in one commit, in order."""
        return self._counted(await self._log.append(rows, claim))

    async def link(self, device: str, user: str, claim: Claim | None = None) -> Appended:
        """Say that a device is a user's from now on."""
        return self._counted(await self._log.append([NewRow(Kind.DEVICE, device, {"user": user})], claim))

    async def edit(self, user: str, profile: Mapping[str, Any], claim: Claim | None = None) -> Appended:
        """Keep a user's own words on their profile, instead of any before."""
        return self._counted(await self._log.append([NewRow(Kind.PROFILE, user, {"said": profile})], claim))

    async def forget(self, user: str, claim: Claim | None = None) -> Appended:
        """Take everything of a user out of the log; `erased` tells what that was.

        The row that says so names the user and the user's devices by digest only.
        """
        digest = name_digest(user)
        row = NewRow(Kind.FORGET, digest, {"user": digest}, erases=user)
        return self._counted(await self._log.append([row], claim))

    def _counted(self, appended: Appended) -> Appended:
        self.last_lsn = max(self.last_lsn, appended.lsn)
        return appended
