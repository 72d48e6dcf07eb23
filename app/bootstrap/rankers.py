"""Builds what ranks and what writes down what was shown: features, models, deployments, exposures."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.bootstrap.discover import coverage_of
from app.domain.errors import Unavailable
from app.domain.log import Kind
from app.ingest.lane import Lane, LaneLimits
from app.ranking.coverage import QueryCoverage
from app.ranking.features.expressions import OwnFeatures, read_features
from app.ranking.features.items import ItemFacts
from app.ranking.features.listing import make_list
from app.ranking.learned import read_weights
from app.ranking.rankers import Rankers
from app.ranking.shelf import Shelf
from app.ranking.stage import RankStage
from app.search.exposing import Exposer
from app.store.exposures import SqlExposures
from app.store.registry import PackageFolder
from indexes.text.analyzer import Analyzer
from models.rank.lambdamart import LambdaMart
from models.rank.start import Start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.bootstrap.tools import Tools
    from app.bootstrap.views import ViewsOfLog
    from app.domain.log import LogRow
    from app.domain.ports import Log
    from app.domain.rankers import Package
    from app.ranking.features.listing import FeatureList
    from app.ranking.features.scene import PersonView
    from app.ranking.fusion import Fusion
    from app.ranking.predict import Load, Predictor
    from app.settings import Settings

FOLLOW_S = 30.0
BATCH_ROWS = 50_000
THREADS = 2
TREES_FILE, START_FILE, NETWORK_FILE = "model.txt", "start.json", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Ranking:
    """What ranks in one process, and what follows the log's decisions about it."""

    rankers: Rankers
    shelf: Shelf
    stage: RankStage
    exposures: SqlExposures
    exposer: Exposer
    _lane: Lane
    _log: Log

    async def open(self) -> None:
        """Follow the decisions so far, so that the first answer already comes from what is deployed."""
        self._lane.start()
        await self.applied(await asyncio.to_thread(self._log.last_lsn))

    async def applied(self, lsn: int) -> None:
        """Return when this process has followed the log up to `lsn`. Raises Unavailable after 30 s."""
        if not await asyncio.to_thread(self._lane.progress.wait, lsn, FOLLOW_S):
            raise Unavailable(f"the log's decisions about rankers are not followed within {FOLLOW_S:g} s")

    async def close(self) -> None:
        """Write what waits, and stop following."""
        await asyncio.to_thread(self.exposer.close)
        self._lane.stop()
        self.exposures.close()

    def learned(self) -> tuple[str, Fusion] | None:
        """Return the deployed fusion with fitted weights, under its package's name."""
        fusion = self.shelf.live.fusion
        return None if fusion is None else (str(fusion[0]), fusion[1])


@dataclass(frozen=True, slots=True)
class Decisions:
    """The log as far as it speaks of rankers."""

    log: Log

    def read(self, after: int, limit: int) -> list[LogRow]:
        return self.log.read(after, limit, {Kind.RANKER})

    def wait(self, after: int, timeout_s: float) -> bool:
        return self.log.wait(after, timeout_s)


def make_ranking(settings: Settings, tools: Tools, views: ViewsOfLog, person: PersonView | None) -> Ranking:
    """Return what ranks. Raises InvalidInput for a features file that cannot be used."""
    features, own = make_features(settings)
    shelf = Shelf(packages_of(settings), features, LOADERS, read_weights)
    analyzer = Analyzer()
    items = ItemFacts(
        views.collection, lambda text: (word.stem for word in analyzer.words(text)), own.readings
    )
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ranker")
    stage = RankStage(shelf, items, pool, settings.ranker_deadline_ms / 1_000, person, _coverage(views))
    exposures = SqlExposures(exposures_url(settings), settings.exposure_rows)
    exposer = Exposer(
        exposures, shelf, stage, time.monotonic, settings.exposure_rate, settings.exposures_per_s
    )
    log = tools.store.log
    ranking: list[Ranking] = []

    async def applied(lsn: int) -> None:
        await ranking[0].applied(lsn)

    rankers = Rankers(log, packages_of(settings), shelf, exposures, applied)
    lane = Lane("rankers", Decisions(log), rankers.follow, 0, LaneLimits(batch_rows=BATCH_ROWS))
    ranking.append(Ranking(rankers, shelf, stage, exposures, exposer, lane, log))
    return ranking[0]


def _coverage(views: ViewsOfLog) -> QueryCoverage | None:
    """Return who tells how well queries are covered, None where no flow over their vectors ships."""
    flow = None if views.encoder is None else coverage_of(views.encoder.name)
    return None if flow is None else QueryCoverage(flow, ThreadPoolExecutor(1, thread_name_prefix="covered"))


def make_features(settings: Settings) -> tuple[FeatureList, OwnFeatures]:
    """Return the feature list with the configuration's own features, and what these read of items."""
    if settings.features_file is None:
        return make_list(), OwnFeatures()
    own = read_features(settings.features_file, make_list().names)
    return make_list(own.features), own


def packages_of(settings: Settings) -> PackageFolder:
    """Return the registry of the data folder."""
    return PackageFolder(settings.data / "rankers")


def exposures_url(settings: Settings) -> str:
    """Return where exposures are kept: beside an SQLite log, or in the log's own database server."""
    shared = settings.store_url is not None and not settings.store_url.startswith("sqlite")
    return settings.url if shared else f"sqlite:///{settings.data / 'exposures.db'}"


def load_trees(package: Package) -> Predictor:
    """Return the predictor of a LambdaMART package."""
    return read_trees(package.files)


def read_trees(files: Mapping[str, bytes]) -> LambdaMart:
    """Return the model that these files hold; trees of earlier builds start from nothing."""
    start = files.get(START_FILE)
    return LambdaMart(files[TREES_FILE].decode(), None if start is None else Start.from_bytes(start))


def load_network(package: Package) -> Predictor:
    """Return the predictor of a network package; torch is imported when the first one is loaded."""
    from models.rank.network import NetworkRanker

    return NetworkRanker(package.files[NETWORK_FILE])


LOADERS: dict[str, Load] = {"lambdamart": load_trees, "network": load_network}
