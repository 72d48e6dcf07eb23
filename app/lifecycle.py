"""Starts and ends the moving parts of one process in order, and tells how they fare."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)
REFRESH_S = 30.0  # longest wait for words
MEANING_S = 5.0  # longest wait for vectors after that: behind an import they may be minutes away
WORDS, MEANING = "words", "meaning"


class Followed(Protocol):
    """What follows the log."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    async def applied(self, lsn: int, timeout_s: float) -> None: ...
    async def refreshed(self, lsn: int, timeout_s: float) -> None: ...
    async def told(self, lsn: int, timeout_s: float) -> tuple[str, ...]: ...


@dataclass(slots=True)
class Lifecycle:
    """Answers `app.services.Operations` with the parts that bootstrap gives it.

    `background` runs from the start
    on and is cancelled at the end (the import of the demo collection, say). `waiting_for` names what
    search still lacks.
    """

    replay: Followed
    starts: list[Callable[[], Awaitable[None]]]
    stops: list[Callable[[], Awaitable[None]]]
    background: list[Callable[[], Awaitable[None]]]
    take_snapshot: Callable[[], Path]
    waiting_for: Callable[[], Mapping[str, str]]
    read_gauges: Callable[[], Mapping[str, float]]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Follow the log, start the other parts, and begin the background work."""
        self.replay.start()
        for begin in self.starts:
            await begin()
        self._tasks = [asyncio.ensure_future(_reported(work)) for work in self.background]

    async def stop(self) -> None:
        """End the background work, then the parts in reverse, then stop following the log."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in reversed(self.stops):
            try:
                await end()
            except Exception:
                logger.exception("a part did not end well")

    async def refresh(self, lsn: int) -> tuple[str, ...]:
        """Return by what everything up to `lsn` can be found: by words, and by what else is quick.

        Raises Unavailable when it cannot be found by its words within 30 s.
        """
        await self.replay.applied(lsn, REFRESH_S)
        others = asyncio.ensure_future(self.replay.told(lsn, MEANING_S))
        try:
            await self.replay.refreshed(lsn, MEANING_S)
        except Unavailable:
            return (WORDS, *await others)
        return (WORDS, MEANING, *await others)

    async def snapshot(self) -> Path:
        """Write a snapshot now and return its folder."""
        return await asyncio.to_thread(self.take_snapshot)

    def unready(self) -> Mapping[str, str]:
        """Return what is not ready yet, by part."""
        return self.waiting_for()

    def readings(self) -> Mapping[str, float]:
        """Return the value of every gauge."""
        return self.read_gauges()


async def _reported(work: Callable[[], Awaitable[None]]) -> None:
    """Run background work; its failure is told and harms nothing else."""
    try:
        await work()
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("background work failed")
