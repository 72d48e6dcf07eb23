"""Holds the experiments as the log tells them: a function of its rows, the same in every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.log import Kind
from app.experiments.assign import Assignment
from app.experiments.layers import allot, objection
from app.experiments.specs import BUCKETS, Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.log import LogRow
    from app.experiments.layers import Buckets

SPEC = "spec"  # the field of a row's body that holds the experiment; a row without it ends one


@dataclass(frozen=True, slots=True)
class Change:
    """One row about an experiment: when, and what it then was; `refused` says why the row did nothing."""

    lsn: int
    at: float
    experiment: Experiment | None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """An experiment with the buckets of its layer that it holds.

    What units saw is comparable from `since_lsn` on: that row gave it its arms, units and salt.
    """

    experiment: Experiment
    buckets: Buckets
    since_lsn: int
    since_at: float


class ExperimentView:
    """The state after the rows applied so far; one writer, any number of readers.

    What readers see is replaced whole, never changed in place.
    """

    def __init__(self) -> None:
        self.lsn = 0
        self.running: Mapping[str, Running] = {}
        self.assignment = Assignment()
        self._history: dict[str, list[Change]] = {}

    def history(self, name: str) -> Sequence[Change]:
        """Return everything that ever happened to the experiment of this name, in order."""
        return tuple(self._history.get(name, ()))

    def apply(self, rows: Sequence[LogRow]) -> None:
        """Apply rows in order; those at or below `lsn`, and those about other things, change nothing."""
        before = self.running
        for row in rows:
            if row.kind is Kind.EXPERIMENT and row.lsn > self.lsn:
                self._one(row)
            self.lsn = max(self.lsn, row.lsn)
        if self.running is not before:
            self.assignment = Assignment.of(
                {name: (one.experiment, one.buckets) for name, one in self.running.items()}
            )

    def _one(self, row: LogRow) -> None:
        told = row.body.get(SPEC)
        if told is None:
            self.running = {name: one for name, one in self.running.items() if name != row.key}
            self._note(row, None)
            return
        experiment = Experiment.from_body(told)
        buckets, problem = place(experiment, self.running)
        self._note(row, experiment, None if problem is None else problem[1])
        if problem is None:
            before = self.running.get(row.key)
            anew = before is None or experiment.moves_units(before.experiment)
            since = (row.lsn, row.at) if before is None or anew else (before.since_lsn, before.since_at)
            self.running = {**self.running, row.key: Running(experiment, buckets, *since)}

    def _note(self, row: LogRow, experiment: Experiment | None, refused: str | None = None) -> None:
        self._history.setdefault(row.key, []).append(Change(row.lsn, row.at, experiment, refused))


def place(experiment: Experiment, running: Mapping[str, Running]) -> tuple[Buckets, tuple[str, str] | None]:
    """Return the buckets the experiment gets beside those that run, and (field, why) when it cannot.

    An experiment that changes its layer gives up what it held in the old one.
    """
    problem = objection(experiment, (one.experiment for one in running.values()))
    if problem is not None:
        return (), problem
    held = {name: one.buckets for name, one in running.items() if one.experiment.layer == experiment.layer}
    buckets = allot(held, experiment.name, experiment.num_buckets)
    if buckets is not None:
        return buckets, None
    others = {name: share(one.buckets) for name, one in running.items() if name in held}
    others.pop(experiment.name, None)
    told = ", ".join(f"{name!r} holds {part:g}" for name, part in sorted(others.items()))
    return (), ("traffic", f"layer {experiment.layer!r} has no room for {experiment.traffic:g}: {told}")


def share(buckets: Buckets) -> float:
    """Return the share of a layer that these buckets are."""
    return len(buckets) / BUCKETS


def row_body(experiment: Experiment | None) -> dict[str, Any]:
    """Return the body of the row that starts or changes an experiment, or with None ends it."""
    return {} if experiment is None else {SPEC: experiment.to_body()}
