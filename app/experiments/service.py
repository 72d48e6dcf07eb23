"""The use case of experiments: start, change, end, look, and report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.events import Event
from app.domain.log import Kind, NewRow
from app.experiments.report import report
from app.experiments.specs import GENERATE, check
from app.experiments.tally import Tally
from app.experiments.view import place, row_body

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

    from app.domain.exposures import Exposure
    from app.domain.log import Appended, Claim, LogRow
    from app.experiments.report import Report
    from app.experiments.specs import Experiment
    from app.experiments.view import Change, ExperimentView, Running

PAST_S = 30 * 86_400.0  # how far before an experiment its units' past reaches
OVERLAP_S = 60.0  # exposures are written in batches: this much is looked at again
BATCH_ROWS = 5_000


class ExperimentLog(Protocol):
    """What experiments ask of the log; see `app.domain.ports.Log`."""

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended: ...

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]: ...

    def last_lsn(self) -> int: ...


class Exposures(Protocol):
    """What was shown, from some moment on, in the order of writing."""

    def scan(self, since: float = 0.0) -> Iterator[Exposure]: ...


@dataclass(slots=True)
class Experiments:
    """Experiments of one service. `view` follows the log.

    `try_override` refuses, with InvalidInput, an arm whose part of a search body names what does not
    exist; `followed` returns when the view has applied a row.
    """

    log: ExperimentLog
    view: ExperimentView
    exposures: Exposures
    try_override: Callable[[Mapping[str, object]], None]
    followed: Callable[[int], Awaitable[None]]
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _counting: Lock = field(default_factory=Lock)  # guards the tallies: one report counts at a time

    def running(self) -> Sequence[Running]:
        """Return what runs, in name order."""
        return [self.view.running[name] for name in sorted(self.view.running)]

    def make_pictures(self) -> bool:
        """Tell whether an arm of what runs may have a picture made for whoever searches."""
        arms = (arm for one in self.view.running.values() for arm in one.experiment.arms)
        return any(arm.override.get(GENERATE, "never") != "never" for arm in arms)

    def find(self, name: str) -> tuple[Running | None, Sequence[Change]]:
        """Return an experiment as it runs (None when it ended) and its history. Raises NotFound."""
        history = self.view.history(name)
        if not history:
            raise NotFound("experiment", name)
        return self.view.running.get(name), history

    async def put(self, experiment: Experiment, claim: Claim | None = None) -> tuple[Running, int]:
        """Start or change an experiment durably; return it as it runs, and the row that says so.

        Raises InvalidInput naming what cannot be run or has no room, Conflict when another process
        took the room meanwhile.
        """
        check(experiment)
        for number, arm in enumerate(experiment.arms):
            self._try(arm.override, f"arms[{number}].override")
        _, problem = place(experiment, self.view.running)
        if problem is not None:
            raise InvalidInput(*problem)
        row = NewRow(Kind.EXPERIMENT, experiment.name, row_body(experiment))
        appended = await self.log.append([row], claim)
        await self.followed(appended.lsn)
        told = {change.lsn: change for change in self.view.history(experiment.name)}
        refused = told[appended.lsn].refused if appended.lsn in told else None
        running = self.view.running.get(experiment.name)
        if refused is not None or running is None:
            raise Conflict(refused or f"the experiment {experiment.name!r} was ended meanwhile")
        return running, appended.lsn

    def _try(self, override: Mapping[str, object], where: str) -> None:
        try:
            self.try_override(override)
        except InvalidInput as error:
            raise InvalidInput(f"{where}.{error.field}", error.message) from error

    async def end(self, name: str, claim: Claim | None = None) -> int:
        """End an experiment durably: its units see the service's own answers again. Raises NotFound."""
        if name not in self.view.running:
            raise NotFound("experiment", name)
        appended = await self.log.append([NewRow(Kind.EXPERIMENT, name, row_body(None))], claim)
        await self.followed(appended.lsn)
        return appended.lsn

    async def report(self, name: str) -> Report:
        """Return what came of a running experiment so far. Raises NotFound when none of this name runs."""
        running = self.view.running.get(name)
        if running is None:
            raise NotFound("running experiment", name)
        return await asyncio.to_thread(self._report, running)

    def _report(self, running: Running) -> Report:
        """Count what is new since the last report, and judge."""
        name = running.experiment.name
        with self._counting:
            tally = self._tallies.get(name)
            if tally is None or tally.running.since_lsn != running.since_lsn or not self._count(tally):
                tally = Tally(running)
                self._count(tally)
            tally.running = running
            self._tallies[name] = tally
            return report(tally)

    def _count(self, tally: Tally) -> bool:
        """Bring a tally up to date; False when a user whom it may hold has asked to be forgotten."""
        is_new = tally.lsn == 0
        last_lsn = self.log.last_lsn()
        since = tally.at - OVERLAP_S if tally.at else tally.running.since_at - PAST_S
        tally.add_exposures(self.exposures.scan(since))
        while tally.lsn < last_lsn:
            rows = self.log.read(tally.lsn, BATCH_ROWS, (Kind.EVENT, Kind.FORGET))
            if not rows:
                break
            if not is_new and any(row.kind is Kind.FORGET for row in rows):
                return False
            tally.add_events(_events(rows))
            tally.lsn = rows[-1].lsn
        return True


def _events(rows: Sequence[LogRow]) -> Iterator[tuple[int, Event]]:
    """Yield the events of rows; one whose user was taken out of the log says nothing any more."""
    for row in rows:
        if row.kind is Kind.EVENT and "type" in row.body:
            yield row.lsn, Event.from_body(row.body)
