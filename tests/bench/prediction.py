"""Measures what a ranker takes to order one list: features, scores and order, beside lightgbm's own call."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import lightgbm
import numpy as np

from app.bootstrap.rankers import LOADERS, TREES_FILE
from app.domain.rankers import RANKER, Package, PackageId
from app.ranking.features.items import ItemFacts
from app.ranking.features.listing import make_list
from app.ranking.features.scene import Asked
from app.ranking.fusion import convex, fuse
from app.ranking.lists import BranchList
from app.ranking.predict import make_model
from app.ranking.stage import RankStage
from indexes.types import Matches, Record
from models.rank.boosting import train_trees
from models.rank.lists import Lists
from tests.app.ranking.made import Registry, shelf_of
from tests.bench.report import Report, Table
from tests.bench.spread import Spread, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.ranking.lists import Ranked
    from app.ranking.predict import Model
    from tests.bench.conditions import Conditions

CANDIDATES = 500
COLUMNS = 40
CALLS = 1_000  # a round, of each thing

WORDS = """{rows} candidates that three branches recalled, {whole} features computed, a LambdaMART of
{trees} trees over {columns} of them, in one process on one thread, with garbage collected as ever; the
collection and the clicks are made up, seeded. `lightgbm.Booster.predict` gives the same scores for the same
matrix, to the bit. {calls} calls a round, {rounds} rounds, turn and turn about; percentiles are of the
calls of a round. By the clock a call also waits for other processes; of the processor it does not. {nice}."""


@dataclass(slots=True)
class Times:
    """Milliseconds by round, each call's: by the clock, and of the processor."""

    clock: list[list[float]] = field(default_factory=list)
    processor: list[list[float]] = field(default_factory=list)

    def take(self, call: Callable[[], object]) -> None:
        """Add a round."""
        clock: list[float] = []
        processor: list[float] = []
        for _ in range(CALLS):
            started, worked = time.perf_counter(), time.process_time()
            call()
            processor.append((time.process_time() - worked) * 1_000)
            clock.append((time.perf_counter() - started) * 1_000)
        self.clock.append(clock)
        self.processor.append(processor)

    def row(self, name: str) -> list[str]:
        """Return p50, p99 and p99.9 of both times, each with its spread over the rounds."""
        cells = [
            str(Spread.of([percentile(times, percent) for times in rounds]))
            for rounds in (self.clock, self.processor)
            for percent in (50, 99, 99.9)
        ]
        return [name, *cells]


class Things:
    """A made-up collection of a thousand records."""

    def __init__(self) -> None:
        words = ("red", "blue", "horse", "house", "round", "old", "new", "small")
        rng = np.random.default_rng(0)
        self._records = [
            Record(
                id=f"i-{place}",
                title=" ".join(rng.choice(words, 3)),
                tags=tuple(rng.choice(words, 4)),
                popularity=float(rng.random()),
                created_at=float(rng.integers(1, 1_000_000)),
            )
            for place in range(1_000)
        ]

    def records(self, ordinals: Iterable[int]) -> list[Record | None]:
        """Return records by ordinal."""
        return [self._records[ordinal] for ordinal in ordinals]


def measure(conditions: Conditions) -> Report:
    """Measure the stage, its parts, and lightgbm's call."""
    nice = _hurry()
    with ThreadPoolExecutor(1) as pool:
        shelf = shelf_of(Registry())
        stage = RankStage(shelf, ItemFacts(Things(), str.split), pool, 1.0)
        asked = Asked("red horse", frozenset({"red", "horse"}), frozenset({"LATIN"}), at=1e6)
        ranked = recalled(np.random.default_rng(1))
        model, text, num_trees = trained(stage, asked)
        matrix = stage.features(asked, ranked)
        inputs = model.inputs(matrix)
        booster = lightgbm.Booster(model_str=text)

        def theirs() -> object:
            return booster.predict(inputs, raw_score=True, num_threads=1)

        if np.asarray(theirs()).tolist() != model.predictor.predict(inputs).tolist():
            message = "the scores are not those of lightgbm"
            raise RuntimeError(message)
        calls: dict[str, Callable[[], object]] = {
            "features, scores, order": lambda: stage.order(model, asked, ranked),
            "of which features": lambda: stage.features(asked, ranked),
            "of which scores": lambda: model.scores(matrix),
            "`lightgbm.Booster.predict`": theirs,
        }
        times = {name: Times() for name in calls}
        for _ in range(conditions.rounds):
            for name, call in calls.items():
                times[name].take(call)
    words = WORDS.format(
        rows=CANDIDATES,
        whole=matrix.shape[1],
        trees=num_trees,
        columns=COLUMNS,
        calls=f"{CALLS:,}".replace(",", " "),
        rounds=conditions.rounds,
        nice=nice,
    )
    head = ["one list", "p50 ms", "p99 ms", "p99.9 ms"]
    head += ["processor: p50 ms", "p99 ms", "p99.9 ms"]
    table = Table(head, [one.row(name) for name, one in times.items()])
    return Report("prediction", "A ranker orders a list", words, [table])


def _hurry() -> str:
    """Ask for priority over other processes, and say what came of it."""
    try:
        level = os.nice(-10 - os.nice(0))
    except PermissionError:
        level = os.nice(0)
    return f"The process ran at nice {level}"


def recalled(rng: np.random.Generator) -> Ranked:
    """Return the fused list of three branches, with as many candidates as are to be ordered."""
    order = rng.permutation(1_000)[:CANDIDATES].astype(np.int32)
    lists = []
    for name, share in (("term", 0.6), ("text", 0.8), ("image", 1.0)):
        found = rng.permutation(order)[: math.ceil(share * CANDIDATES)]
        scores = np.sort(rng.random(len(found)).astype(np.float32))[::-1]
        lists.append(BranchList(name, 1.0, Matches(found, scores), 0.0, 1.0))
    return fuse(lists, convex, np.empty(0, np.int32), lambda some: [str(one) for one in some])


def trained(stage: RankStage, asked: Asked) -> tuple[Model, str, int]:
    """Return a full-grown model over some columns of the feature list, its text, and its number of trees."""
    features, rng = make_list(), np.random.default_rng(2)
    matrices = [stage.features(asked, recalled(rng))[:40] for _ in range(200)]
    whole = np.concatenate(matrices)
    varied = np.argsort(whole.std(axis=0) == 0, kind="stable")[:COLUMNS]
    chosen = np.sort(varied)
    matrix = np.ascontiguousarray(whole[:, chosen])
    worth = matrix @ rng.normal(size=COLUMNS) / np.maximum(matrix.std(axis=0), 1e-6).sum()
    grades = (worth + rng.normal(scale=worth.std(), size=len(worth)) > np.quantile(worth, 0.8)).astype(float)
    starts = np.arange(0, len(matrix) + 1, 40).astype(np.intp)
    lists = Lists(matrix, grades, np.ones(len(grades)), starts, np.zeros(200), np.zeros(len(grades)))
    names = [features.names[place] for place in chosen]
    text = train_trees(lists, names, seed=0)
    package = Package(
        id=PackageId("bench", 1),
        role=RANKER,
        kind="lambdamart",
        feature_version=features.version,
        features=tuple(features.features[place].to_body() for place in chosen),
        files={TREES_FILE: text.encode()},
    )
    model = make_model(package, features, LOADERS, _no_feed)
    return model, text, text.count("\nTree=")


def _no_feed(wanted: PackageId) -> Model:
    message = f"{wanted} feeds nothing here"
    raise LookupError(message)
