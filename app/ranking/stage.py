"""The ranker's stage of a search: features, scores, order; in time, or the fused order stands."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.domain.rankers import NONE, RANKER, PackageId, RankerReport
from app.ranking.features.scene import NOBODY, Asked, PersonColumns, PersonView, Scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from app.ranking.coverage import Vector
    from app.ranking.features.items import ItemFacts
    from app.ranking.features.listing import FeatureMatrix
    from app.ranking.lists import Ordinals, Ranked
    from app.ranking.predict import Model, Scores
    from app.ranking.shelf import Shelf

logger = logging.getLogger(__name__)
MAX_LATE_CALLS = 2


@dataclass(frozen=True, slots=True)
class Reranked:
    """A list as a ranker ordered it. `ranked` holds the fused numbers in the new order.

    scores (n,) are the model's, plus `lift` where the title is exact: exact titles stay first. features
    (n, f) are of the whole feature list, in the order of `ranked`.
    """

    ranked: Ranked
    report: RankerReport
    scores: Scores | None = None
    features: FeatureMatrix | None = None
    model: Model | None = None
    lift: float = 0.0


class RankStage:
    """Chooses the ranker of a request and orders a fused list by it.

    A model that is not done within `deadline_s` is left behind, and one with two calls still running
    past theirs is not asked until one ends.
    """

    def __init__(
        self,
        shelf: Shelf,
        items: ItemFacts,
        executor: Executor,
        deadline_s: float,
        person: PersonView | None = None,
        coverage: Callable[[Vector], float | None] | None = None,
    ) -> None:
        self._shelf = shelf
        self._items = items
        self._executor = executor
        self._deadline_s = deadline_s
        self._person = person
        self._coverage = coverage
        self._late = 0
        self._lock = Lock()  # guards _late, which pool threads count down

    def choose(self, wanted: str | None, unit: str) -> PackageId | None:
        """Return the package for this request, None for the fused order.

        `wanted` is what the request named, `unit` whoever asks: canaries are given to the same units as
        long as they grow. Raises InvalidInput for a ranker that does not exist.
        """
        if wanted is None:
            deployed = self._shelf.live.of(RANKER)
            if deployed.canary is not None and place_of(deployed.canary, unit) < deployed.percent / 100:
                return deployed.canary
            return deployed.live
        return None if wanted == NONE else self._shelf.find(wanted)

    async def rank(self, chosen: PackageId, asked: Asked, ranked: Ranked) -> Reranked:
        """Return the list in the model's order, or in the fused order with why. Never raises."""
        why = self._shelf.live.broken.get(chosen)
        if why is not None:
            return _fused(ranked, chosen, "failed", why)
        try:
            model = self._shelf.loaded(chosen)
            if model is None:  # asked for by name and not deployed: loading it is no part of the deadline
                loop = asyncio.get_running_loop()
                model = await loop.run_in_executor(self._executor, self._shelf.load, chosen)
            if self._late >= MAX_LATE_CALLS:
                why = f"{self._late} earlier calls still run past their deadline"
                return _fused(ranked, chosen, "late", why)
            return await self._in_time(model, asked, ranked)
        except Exception as error:
            logger.warning("ranker %s failed", chosen, exc_info=error)
            return _fused(ranked, chosen, "failed", f"{type(error).__name__}: {error}")

    async def _in_time(self, model: Model, asked: Asked, ranked: Ranked) -> Reranked:
        job = self._executor.submit(self.order, model, asked, ranked)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(job), self._deadline_s)
        except TimeoutError:
            self._count_late(job)
            return _fused(ranked, model.id, "late", f"no scores within {self._deadline_s * 1_000:g} ms")

    def order(self, model: Model, asked: Asked, ranked: Ranked) -> Reranked:
        """Return the list in the model's order, exact titles first, ties in the fused order."""
        features = self.features(asked, ranked)
        scores = model.scores(features)
        lift = lift_of(scores, ranked)
        scores = scores + lift * ranked.exact
        order = np.lexsort((np.arange(len(scores)), -scores, ~ranked.exact))
        report = RankerReport(model.id.name, model.id.version, "ok")
        return Reranked(ranked.take(order), report, scores[order], features[order], model, lift)

    def features(self, asked: Asked, ranked: Ranked) -> FeatureMatrix:
        """Return the whole feature list of these candidates, (n, f): the one place where it is computed."""
        if self._coverage is not None and asked.vector is not None:
            asked = replace(asked, coverage=self._coverage(asked.vector))
        person = NOBODY if self._person is None else self._columns(self._person, asked, ranked)
        scene = Scene(asked, ranked, self._items.table(ranked.ordinals), person)
        return self._shelf.features.compute(scene)

    def ids(self, ordinals: Ordinals) -> list[str]:
        """Return the ids of candidates, empty where they died meanwhile."""
        return self._items.ids(ordinals)

    def _columns(self, view: PersonView, asked: Asked, ranked: Ranked) -> PersonColumns:
        return view.columns(asked, ranked.ordinals)

    def _count_late(self, job: Future[Reranked]) -> None:
        if job.cancelled():  # it never started
            return
        with self._lock:
            self._late += 1
        job.add_done_callback(lambda _: self._ended())

    def _ended(self) -> None:
        with self._lock:
            self._late -= 1


def lift_of(scores: Scores, ranked: Ranked) -> float:
    """Return what exact titles are given so that none of the others scores higher; 0 where none does."""
    if not ranked.exact.any() or ranked.exact.all():
        return 0.0
    return max(0.0, float(scores[~ranked.exact].max() - scores[ranked.exact].min()))


def place_of(package: PackageId, unit: str) -> float:
    """Return where a unit lies on [0, 1) for this package: the same for ever, unlike for any other."""
    digest = blake2b(f"canary:{package}:{unit}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _fused(ranked: Ranked, chosen: PackageId, status: str, why: str) -> Reranked:
    return Reranked(ranked, RankerReport(chosen.name, chosen.version, status, why))
