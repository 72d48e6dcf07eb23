"""The ranker's stage orders in time, or leaves the fused order and says why."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.errors import InvalidInput
from app.domain.rankers import CANARY, DEPLOY, Order, PackageId
from app.ranking.features.items import ItemFacts
from app.ranking.features.scene import Asked
from app.ranking.stage import MAX_LATE_CALLS, RankStage, place_of
from tests.app.ranking.features.scenes import listed, some_items
from tests.app.ranking.made import Linear, Registry, linear, shelf_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ranking.shelf import Shelf

ASKED = Asked("horse", frozenset({"horse"}))
NEW = {"item_title_chars": 1.0}  # the longest title first: far, rich, plain


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two threads."""
    with ThreadPoolExecutor(2) as opened:
        yield opened


def stage_of(shelf: Shelf, pool: ThreadPoolExecutor, deadline_s: float = 5.0) -> RankStage:
    """Return a stage over three items."""
    return RankStage(shelf, ItemFacts(some_items(), str.split), pool, deadline_s)


def test_the_model_orders_and_keeps_its_numbers(pool: ThreadPoolExecutor) -> None:
    """Scores, features and fused numbers move together into the model's order."""
    registry = Registry()
    given = registry.add(linear("long", NEW))
    stage = stage_of(shelf_of(registry), pool)
    fused = listed({"term": {0: 3.0, 1: 2.0, 2: 1.0}})
    told = asyncio.run(stage.rank(given, ASKED, fused))
    assert told.report.status == "ok"
    assert told.ranked.ordinals.tolist() == [2, 0, 1]
    assert told.scores is not None
    assert told.features is not None
    assert told.scores.tolist() == [16.0, 9.0, 3.0]
    rows = [fused.ordinals.tolist().index(ordinal) for ordinal in (2, 0, 1)]
    assert np.array_equal(told.features, stage.features(ASKED, fused)[rows])
    assert told.ranked.scores.tolist() == fused.scores[rows].tolist()


def test_an_exact_title_stays_first_whatever_the_model_says(pool: ThreadPoolExecutor) -> None:
    """It is lifted just as far as it takes, and scores still fall down the list."""
    registry = Registry()
    given = registry.add(linear("long", NEW))
    fused = listed({"term": {0: 3.0, 1: 2.0, 2: 1.0}}, exact=[1])
    told = asyncio.run(stage_of(shelf_of(registry), pool).rank(given, ASKED, fused))
    assert told.ranked.ordinals.tolist() == [1, 2, 0]
    assert told.lift == 13.0
    assert told.scores is not None
    assert told.scores.tolist() == [16.0, 16.0, 9.0]


def test_a_late_model_is_left_behind_and_soon_not_asked(pool: ThreadPoolExecutor) -> None:
    """Past the deadline the fused order stands with why; with two calls running none is started."""
    registry, free = Registry(), Event()
    given = registry.add(linear("slow", NEW))
    shelf = shelf_of(registry)
    predictor = shelf.load(given).predictor
    assert isinstance(predictor, Linear)
    predictor.wait = free.wait
    stage, fused = stage_of(shelf, pool, 0.02), listed({"term": {0: 3.0, 1: 2.0, 2: 1.0}})

    async def ask() -> None:
        for _ in range(MAX_LATE_CALLS):
            told = await stage.rank(given, ASKED, fused)
            assert (told.report.status, told.ranked) == ("late", fused)
            assert told.report.why == "no scores within 20 ms"
        started = len(predictor.calls)
        assert "still run" in str((await stage.rank(given, ASKED, fused)).report.why)
        assert len(predictor.calls) == started
        free.set()
        pool.shutdown(wait=True)  # both late calls have ended: the model may be asked again
        with ThreadPoolExecutor(1) as fresh:
            stage._executor = fresh
            stage._deadline_s = 5.0
            assert (await stage.rank(given, ASKED, fused)).report.status == "ok"

    asyncio.run(asyncio.wait_for(ask(), 10))


def test_a_model_that_fails_leaves_the_fused_order(pool: ThreadPoolExecutor) -> None:
    """An error of the model is told, not raised."""
    registry = Registry()
    given = registry.add(linear("bad", NEW))
    shelf = shelf_of(registry)
    predictor = shelf.load(given).predictor
    assert isinstance(predictor, Linear)

    def fail() -> None:
        raise RuntimeError("out of order")

    predictor.wait = fail
    fused = listed({"term": {0: 3.0}})
    told = asyncio.run(stage_of(shelf, pool).rank(given, ASKED, fused))
    assert (told.report.status, told.report.why) == ("failed", "RuntimeError: out of order")
    assert told.ranked is fused


def test_who_is_asked_is_decided_by_request_then_canary_then_deployment(pool: ThreadPoolExecutor) -> None:
    """A name wins, `none` is none, a canary gets about its share and keeps whom it had when it grows."""
    registry = Registry()
    live, canary = registry.add(linear("live", {})), registry.add(linear("new", {}))
    shelf = shelf_of(registry)
    stage = stage_of(shelf, pool)
    assert stage.choose(None, "ann") is None
    shelf.follow([Order(DEPLOY, live), Order(CANARY, canary, percent=20)])
    units = [f"user-{number}" for number in range(1_000)]
    some = {unit for unit in units if stage.choose(None, unit) == canary}
    assert 150 < len(some) < 250
    shelf.follow([Order(CANARY, canary, percent=60)])
    assert some < {unit for unit in units if stage.choose(None, unit) == canary}
    assert stage.choose("live", "ann") == live
    assert stage.choose("none", "ann") is None
    with pytest.raises(InvalidInput):
        stage.choose("nobody", "ann")


def test_canaries_are_salted_by_their_package() -> None:
    """Who sees one canary says nothing about who sees the next."""
    units = [f"user-{number}" for number in range(2_000)]
    first = np.array([place_of(PackageId("a", 1), unit) for unit in units])
    second = np.array([place_of(PackageId("a", 2), unit) for unit in units])
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.08
