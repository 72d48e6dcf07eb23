"""Builds the experiments of one process, and has their view follow the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput, Unavailable
from app.domain.log import Kind
from app.domain.search import SearchRequest
from app.experiments.overrides import apply_override
from app.experiments.service import Experiments
from app.experiments.view import ExperimentView
from app.ingest.lane import Lane, LaneLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.bootstrap.rankers import Ranking
    from app.domain.log import LogRow
    from app.domain.ports import Log
    from app.experiments.assign import Assignment
    from app.search.service import Search

FOLLOW_S = 30.0
BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ExperimentRows:
    """The log as far as it speaks of experiments."""

    log: Log

    def read(self, after: int, limit: int) -> list[LogRow]:
        return self.log.read(after, limit, (Kind.EXPERIMENT,))

    def wait(self, after: int, timeout_s: float) -> bool:
        return self.log.wait(after, timeout_s)


class Followed:
    """The view of experiments with the lane that brings it up to date."""

    def __init__(self, log: Log) -> None:
        self.view = ExperimentView()
        self._log = log
        limits = LaneLimits(batch_rows=BATCH_ROWS)
        self._lane = Lane("experiments", ExperimentRows(log), self.view.apply, 0, limits)

    def assignment(self) -> Assignment:
        """Return what runs now."""
        return self.view.assignment

    async def open(self) -> None:
        """Follow the log to its end, so that the first answer is already by the right arm."""
        self._lane.start()
        await self.applied(await asyncio.to_thread(self._log.last_lsn))

    async def applied(self, lsn: int) -> None:
        """Return when the view holds row `lsn`. Raises Unavailable after 30 s."""
        if not await asyncio.to_thread(self._lane.progress.wait, lsn, FOLLOW_S):
            raise Unavailable(f"the log's experiments are not followed within {FOLLOW_S:g} s")

    async def close(self) -> None:
        """Stop following."""
        await asyncio.to_thread(self._lane.stop)


def make_experiments(followed: Followed, log: Log, search: Search, ranking: Ranking) -> Experiments:
    """Return the use case over a view that follows the log."""

    def try_override(override: Mapping[str, object]) -> None:
        """Refuse an arm that names what this service does not have. Raises InvalidInput."""
        request = apply_override(SearchRequest(), override)
        _known_branches(request, search)
        search.check_fusion(request)
        if request.ranker is not None:
            ranking.stage.choose(request.ranker, "")

    return Experiments(log, followed.view, ranking.exposures, try_override, followed.applied)


def _known_branches(request: SearchRequest, search: Search) -> None:
    known = search.planner.branches
    for name in request.branches:
        if name not in known:
            raise InvalidInput(
                f"branches.{name}", f"{name!r} is no branch; known are {', '.join(sorted(known))}"
            )
