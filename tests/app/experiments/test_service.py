"""Experiments started, changed, ended and reported on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.log import Appended, Kind, LogRow, NewRow
from app.experiments.service import Experiments
from app.experiments.specs import Arm
from app.experiments.view import ExperimentView
from tests.app.experiments.made import experiment, put, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from app.domain.exposures import Exposure
    from app.domain.log import Claim


@dataclass
class FakeLog:
    """Keeps rows in memory and shows them to one view, by way of a rival that may come first."""

    view: ExperimentView
    rows: list[LogRow] = field(default_factory=list)
    rival: NewRow | None = None
    reads: int = 0

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        assert claim is None, "nobody here sends a key"
        if self.rival is not None:
            rows, self.rival = [self.rival, *rows], None
        for row in rows:
            self.write(row.kind, row.key, row.body)
        return Appended(len(self.rows), len(rows))

    def write(self, kind: Kind, key: str, body: Mapping[str, Any]) -> None:
        """Add one row."""
        lsn = len(self.rows) + 1
        self.rows.append(LogRow(lsn, float(lsn), kind, key, body))

    def click(self, request_id: str) -> None:
        """Add a click on the first item of an answer."""
        name = f"e{len(self.rows)}"
        body = {"id": name, "type": "click", "at": 1.0, "request_id": request_id, "item": "a"}
        self.write(Kind.EVENT, name, body)

    async def followed(self, lsn: int) -> None:
        self.view.apply(self.rows[:lsn])

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
        assert kinds is not None
        self.reads += 1
        part = self.rows[after : after + limit]
        return [row for row in part if row.kind in kinds or row is part[-1]]

    def last_lsn(self) -> int:
        return len(self.rows)


@dataclass
class FakeExposures:
    """Yields what it was given."""

    told: list[Exposure] = field(default_factory=list)

    def scan(self, since: float = 0.0) -> Iterator[Exposure]:
        return iter([one for one in self.told if one.at >= since])


def try_override(override: Mapping[str, object]) -> None:
    """Know one fusion."""
    if override.get("fusion", "rrf") != "rrf":
        raise InvalidInput("fusion", "no such fusion")


def serving() -> tuple[Experiments, FakeLog, FakeExposures]:
    """Return the use case over an empty log."""
    view, exposures = ExperimentView(), FakeExposures()
    log = FakeLog(view)
    return Experiments(log, view, exposures, try_override, log.followed), log, exposures


def test_an_experiment_lives_in_the_log() -> None:
    """Started, grown and ended: three rows, and a view that reads them anew says the same."""
    service, log, _ = serving()
    running, lsn = asyncio.run(service.put(experiment(traffic=0.1)))
    assert (running.since_lsn, lsn) == (1, 1)
    running, lsn = asyncio.run(service.put(experiment(traffic=0.5)))
    assert (running.since_lsn, lsn, running.experiment.traffic) == (1, 2, 0.5)
    assert [one.experiment.name for one in service.running()] == ["fresh"]
    assert asyncio.run(service.end("fresh")) == 3
    assert service.running() == []
    found, history = service.find("fresh")
    assert found is None
    assert [change.lsn for change in history] == [1, 2, 3]
    again = ExperimentView()
    again.apply(log.rows)
    assert again.history("fresh") == history


def test_it_is_known_while_an_arm_may_have_a_picture_made() -> None:
    """An arm that makes pictures says so while its experiment runs; one that decides `never` does not."""
    service, _, _ = serving()
    never = experiment("never", layer="x", arms=(Arm("a"), Arm("b", 1.0, {"generate": "never"})))
    asyncio.run(service.put(never))
    assert not service.make_pictures()
    asyncio.run(service.end("never"))
    makes = experiment("makes", layer="y", arms=(Arm("a"), Arm("b", 1.0, {"generate": "auto"})))
    asyncio.run(service.put(makes))
    assert service.make_pictures()
    asyncio.run(service.end("makes"))
    assert not service.make_pictures()


def test_what_cannot_run_is_refused_before_it_is_written() -> None:
    """A wrong name in an arm, a full layer, an unknown metric: each named, and the log stays as it was."""
    service, log, _ = serving()
    asyncio.run(service.put(experiment("a", layer="x", traffic=0.8)))
    wrong = experiment(arms=(Arm("a"), Arm("b", 1.0, {"fusion": "magic"})))
    for one, named in (
        (wrong, "arms[1].override.fusion"),
        (experiment("b", layer="x", traffic=0.3), "traffic"),
        (experiment(metric="joy"), "metric"),
    ):
        with pytest.raises(InvalidInput) as caught:
            asyncio.run(service.put(one))
        assert caught.value.field == named
    assert len(log.rows) == 1
    for missing in (service.end("nobody"), service.report("nobody")):
        with pytest.raises(NotFound):
            asyncio.run(missing)
    with pytest.raises(NotFound):
        service.find("nobody")


def test_room_taken_meanwhile_is_a_conflict() -> None:
    """When another process's row came first the caller is told, and every process keeps the first."""
    service, log, _ = serving()
    first = put(1, experiment("a", layer="x", traffic=0.8))
    log.rival = NewRow(first.kind, first.key, first.body)
    with pytest.raises(Conflict, match="no room"):
        asyncio.run(service.put(experiment("b", layer="x", traffic=0.3)))
    assert [one.experiment.name for one in service.running()] == ["a"]


def test_a_report_goes_on_where_the_last_one_ended() -> None:
    """Later clicks and answers are added, none is counted twice, and the log's head is not read again."""
    service, log, exposures = serving()
    asyncio.run(service.put(experiment()))
    exposures.told = [shown("r1", "ann", "control"), shown("r2", "bob", "treatment")]
    log.click("r1")
    told = asyncio.run(service.report("fresh"))
    assert [arm.metrics["ctr"].estimate.mean for arm in told.arms] == [1.0, 0.0]
    exposures.told.append(shown("r3", "bob", "treatment"))
    log.click("r3")
    told = asyncio.run(service.report("fresh"))
    assert [arm.metrics["ctr"].estimate.mean for arm in told.arms] == [1.0, 0.5]
    assert told.lsn == 3
    assert log.reads == 2


def test_a_moved_experiment_is_counted_anew() -> None:
    """What units saw of other arms is nobody's."""
    service, _, exposures = serving()
    asyncio.run(service.put(experiment()))
    exposures.told = [shown("r1", "ann", "control", at=1.5)]
    assert asyncio.run(service.report("fresh")).arms[0].num_searches == 1
    asyncio.run(service.put(experiment(salt="other")))
    assert asyncio.run(service.report("fresh")).arms[0].num_searches == 0


def test_who_asked_to_be_forgotten_is_not_counted_on() -> None:
    """After a row that forgets somebody the tally is made anew from what is left."""
    service, log, exposures = serving()
    asyncio.run(service.put(experiment()))
    exposures.told = [shown("r1", "ann", "control"), shown("r2", "bob", "control")]
    assert asyncio.run(service.report("fresh")).arms[0].num_units == 2
    exposures.told.pop(0)
    log.write(Kind.FORGET, "digest", {"user": "digest"})
    assert asyncio.run(service.report("fresh")).arms[0].num_units == 1
    assert asyncio.run(service.report("fresh")).arms[0].num_units == 1
