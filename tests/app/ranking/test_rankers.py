"""Decisions about rankers go through the log, and every process follows the same rows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.log import Appended, Kind, LogRow
from app.domain.rankers import CANARY, DEPLOY, FUSION, RANKER, ROLLBACK, SHADOW, PackageId
from app.ranking.learned import WEIGHTS_FILE, Weights
from app.ranking.rankers import Rankers
from tests.app.ranking.made import FEATURES, Registry, linear, shelf_of
from tests.app.store.test_exposures import exposure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from app.domain.exposures import Exposure
    from app.domain.log import Claim, NewRow


@dataclass
class FakeLog:
    """Keeps rows in memory."""

    rows: list[LogRow] = field(default_factory=list)

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        assert claim is None
        for one in rows:
            self.rows.append(LogRow(len(self.rows) + 1, 5.0, one.kind, one.key, one.body))
        return Appended(len(self.rows), len(rows))

    def claimed(self, claim: Claim) -> Appended | None:
        raise AssertionError(f"rankers write without claims, not with {claim}")

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
        return [row for row in self.rows if row.lsn > after and (kinds is None or row.kind in kinds)][:limit]

    def last_lsn(self) -> int:
        return len(self.rows)

    def wait(self, after: int, timeout_s: float) -> bool:
        return timeout_s > 0 and len(self.rows) > after


@dataclass
class Kept:
    """Exposures in memory."""

    held: list[Exposure] = field(default_factory=list)

    def append(self, batch: Sequence[Exposure]) -> None:
        self.held += batch

    def get(self, request_id: str) -> Exposure | None:
        return next((one for one in self.held if one.request_id == request_id), None)

    def scan(self, since: float = 0.0) -> Iterator[Exposure]:
        yield from (one for one in self.held if one.at >= since)

    def forget(self, user: str) -> int:
        before = len(self.held)
        self.held = [one for one in self.held if one.user != user]
        return before - len(self.held)


class Process:
    """One process: a shelf of its own over the registry and the log that all share."""

    def __init__(self, registry: Registry, log: FakeLog, kept: Kept | None = None) -> None:
        self.shelf = shelf_of(registry)
        self.log = log
        self.rankers = Rankers(log, registry, self.shelf, kept or Kept(), self.applied)

    async def applied(self, lsn: int) -> None:
        assert lsn <= self.log.last_lsn()
        self.rankers.follow(self.log.rows)

    @property
    def live(self) -> PackageId | None:
        return self.shelf.live.of(RANKER).live


def test_a_decision_is_a_row_that_every_process_follows() -> None:
    """Who decides sees it when answered; another process, and a later one, come to the same state."""
    registry, log = Registry(), FakeLog()
    first = registry.add(linear("a", {}))
    second = registry.add(linear("a", {}))
    here, there = Process(registry, log), Process(registry, log)
    told = asyncio.run(here.rankers.decide(DEPLOY, "a", 1, "ann"))
    assert (told["live"], told["lsn"], here.live) == ("a@1", 1, first)
    assert [(row.kind, row.key) for row in log.rows] == [(Kind.RANKER, "a")]
    told = asyncio.run(here.rankers.decide(DEPLOY, "a", None, "bob"))
    assert (told["live"], told["before"]) == ("a@2", "a@1")
    there.rankers.follow(log.rows)
    assert there.live == second
    assert asyncio.run(there.rankers.decide(ROLLBACK, "a", None, "ann"))["live"] == "a@1"
    here.rankers.follow(log.rows)
    here.rankers.follow(log.rows)
    assert here.live == first
    (told,) = here.rankers.tell()["rankers"]
    assert [(one["action"], one["caller"]) for one in told["history"]] == [
        (DEPLOY, "ann"),
        (DEPLOY, "bob"),
        (ROLLBACK, "ann"),
    ]


def test_rows_of_earlier_builds_name_no_caller() -> None:
    """A decision that was written before callers were is told, with nobody's name."""
    registry, log = Registry(), FakeLog()
    registry.add(linear("a", {}))
    here = Process(registry, log)
    body = {"action": DEPLOY, "version": 1, "role": RANKER}
    here.rankers.follow([LogRow(1, 5.0, Kind.RANKER, "a", body)])
    assert here.rankers.tell()["rankers"][0]["history"][0]["caller"] is None


def test_shadows_and_canaries_are_told_with_their_details() -> None:
    """What is deployed says who watches and who has which share; the list says the same of each version."""
    registry, log = Registry(), FakeLog()
    registry.add(linear("a", {}))
    registry.add(linear("b", {}))
    here = Process(registry, log)
    asyncio.run(here.rankers.decide(SHADOW, "a", None, "ann", enabled=True))
    told = asyncio.run(here.rankers.decide(CANARY, "b", None, "bob", percent=7.5))
    assert (told["shadows"], told["canary"]) == (["a@1"], {"ranker": "b@1", "percent": 7.5})
    listed = here.rankers.tell()
    assert [one["versions"][0]["status"] for one in listed["rankers"]] == ["shadow", "canary"]
    assert listed["rankers"][1]["history"][0]["percent"] == 7.5
    assert listed["rankers"][0]["versions"][0]["feature_version_known"] is True
    assert here.rankers.feature_names(FEATURES.version) == FEATURES.names
    assert here.rankers.feature_names("another") is None


def test_what_cannot_be_decided_writes_no_row() -> None:
    """Unknown names, foreign features, what is not live, and shares beyond all are refused first."""
    registry, log = Registry(), FakeLog()
    plain = linear("a", {})
    registry.add(plain)
    registry.add(replace(plain, id=PackageId("old", 0), features=({**plain.features[0], "version": 7},)))
    registry.add(
        replace(
            plain, id=PackageId("f", 0), role=FUSION, files={WEIGHTS_FILE: Weights({}, {}, 1.0).to_bytes()}
        )
    )
    here = Process(registry, log)
    cases: list[tuple[type[Exception], str, str, int | None, dict[str, float]]] = [
        (NotFound, DEPLOY, "nobody", None, {}),
        (NotFound, DEPLOY, "a", 2, {}),
        (Conflict, DEPLOY, "old", None, {}),
        (Conflict, ROLLBACK, "a", None, {}),
        (InvalidInput, CANARY, "a", None, {"percent": 101.0}),
        (InvalidInput, SHADOW, "f", None, {}),
    ]
    for kind, action, name, version, details in cases:
        with pytest.raises(kind):
            asyncio.run(here.rankers.decide(action, name, version, "ann", **details))
    assert log.rows == []


def test_a_report_compares_who_watched_with_what_was_shown() -> None:
    """The order that had the clicks first wins by all of it; agreement is told apart from worth."""
    registry, log, kept = Registry(), FakeLog(), Kept()
    registry.add(linear("net", {}))
    for number in range(30):
        one = exposure(number)
        watched = {"net@1": one.scores[::-1].copy(), "other@1": one.scores}
        scores = one.scores.copy()
        scores.sort()
        kept.append([replace(one, scores=scores[::-1].copy(), shadows={**watched, "net@1": scores})])
        body = {"id": str(number), "type": "click", "item": "ü", "request_id": one.request_id}
        log.rows.append(LogRow(number + 1, 0.0, Kind.EVENT, str(number), body))
    told = asyncio.run(Process(registry, log, kept).rankers.report("net"))
    (shadow,) = told["shadows"]
    assert (shadow["ranker"], shadow["answers"], shadow["answers_with_actions"]) == ("net@1", 30, 30)
    assert shadow["ndcg_shadow"]["mean"] == pytest.approx(1.0)
    assert shadow["ndcg_shown"]["mean"] == pytest.approx(0.5)
    assert shadow["difference"]["low"] == pytest.approx(0.5)
    assert (shadow["rank_correlation"], shadow["same_first_hit"]) == (pytest.approx(-1.0), 0.0)
    with pytest.raises(NotFound):
        asyncio.run(Process(registry, log, kept).rankers.report("nobody"))
