"""Trains rankers and fusion weights from a data folder, with the same parts that serve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.bootstrap.judged import judged_lists, read_judgments
from app.bootstrap.rankers import (
    LOADERS,
    TREES_FILE,
    Decisions,
    exposures_url,
    make_features,
    packages_of,
)
from app.bootstrap.tools import open_tools
from app.domain.log import Kind
from app.domain.rankers import RANKER, Order
from app.ranking.examples import acts_of, events_of, join
from app.ranking.learned import read_weights
from app.ranking.shelf import Shelf
from app.ranking.training import Source, Task, source_of_events, train_by_time, train_crosswise
from app.store.exposures import SqlExposures
from models.rank.lambdamart import LambdaMart, train_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.domain.ports import Log
    from app.domain.rankers import Package
    from app.ranking.examples import Examples
    from app.ranking.features.listing import FeatureList
    from app.ranking.predict import Predictor, Scores
    from app.ranking.training import Trainer
    from app.settings import Settings
    from models.rank.lists import Lists

    Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to train: from judgments where there is a file of them, else from events."""

    name: str
    kind: str = "lambdamart"
    seed: int = 0
    feeds: tuple[str, ...] = ()
    judgments: Path | None = None


class TreeTrainer:
    """Boosted trees by LambdaMART."""

    kind = "lambdamart"

    def fit(self, training: Lists, tuning: Lists, names: Sequence[str], seed: int) -> dict[str, bytes]:
        """Return the text of the trees."""
        return {TREES_FILE: train_trees(training, tuning, list(names), seed).encode()}

    def load(self, files: dict[str, bytes]) -> Predictor:
        """Read the trees back."""
        return LambdaMart(files[TREES_FILE].decode())

    def importance(self, files: dict[str, bytes], lists: Lists) -> Scores:
        """Return each feature's share of the trees' gain."""
        del lists  # trees tell it themselves
        return LambdaMart(files[TREES_FILE].decode()).importance()


KINDS: dict[str, Callable[[], Trainer]] = {"lambdamart": TreeTrainer}


def train_ranker(settings: Settings, wanted: Wanted, tell: Tell) -> Package:
    """Train a ranker, put it into the registry, and return it as it is there.

    Raises InvalidInput for judgments that cannot be read, for too little to learn from, and for a ranker
    to be fed that does not exist.
    """
    features, _ = make_features(settings)
    packages = packages_of(settings)
    if wanted.judgments is None:
        source, shelf = _from_events(settings, features, wanted.seed, tell)
    else:
        shelf = Shelf(packages, features, LOADERS, read_weights)
        source = _from_judgments(settings, wanted.judgments, tell)
    live = shelf.live.of(RANKER).live
    task = Task(
        name=wanted.name,
        seed=wanted.seed,
        feeds=tuple(shelf.load(shelf.find(one, "feed")) for one in wanted.feeds),
        live=None if live is None else shelf.live.models.get(live),
    )
    train = train_by_time if wanted.judgments is None else train_crosswise
    tell(f"training on {len(source.lists)} lists of {len(source.lists.grades)} rows")
    package = train(task, source, features, KINDS[wanted.kind]())
    return replace(package, id=packages.add(package))


def _from_events(settings: Settings, features: FeatureList, seed: int, tell: Tell) -> tuple[Source, Shelf]:
    """Return what people did with answers, and the models that are deployed."""
    tools = open_tools(settings)
    try:
        examples = read_examples(settings, tools.store.log)
        tell(f"{len(examples)} answers were shown")
        shelf = Shelf(packages_of(settings), features, LOADERS, read_weights)
        shelf.follow(decisions_of(tools.store.log))
        return source_of_events(examples, features, seed), shelf
    finally:
        tools.close()


def read_examples(settings: Settings, log: Log) -> Examples:
    """Return every answer that is kept, with what people did with its items."""
    exposures = SqlExposures(exposures_url(settings), settings.exposure_rows)
    try:
        return join(exposures.scan(), acts_of(events_of(log)))
    finally:
        exposures.close()


def decisions_of(log: Log) -> list[Order]:
    """Return every decision about rankers, in order."""
    feed, after = Decisions(log), 0
    orders: list[Order] = []
    while rows := feed.read(after, 50_000):
        orders += [Order.from_row(row.key, row.body) for row in rows if row.kind is Kind.RANKER]
        after = rows[-1].lsn
    return orders


def _from_judgments(settings: Settings, file: Path, tell: Tell) -> Source:
    """Return what searches for the judged queries recall, with the grades of the file."""
    judgments = read_judgments(file)
    tell(f"{len(judgments)} judged queries are searched for")
    judged = judged_lists(settings, judgments)
    facts = {"source": "judgments", "queries": len(judgments), "answers": len(judged.lists)}
    return Source(judged.lists, facts)
