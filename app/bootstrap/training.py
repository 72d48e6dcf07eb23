"""Trains rankers and fusion weights from a data folder, with the same parts that serve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from app.bootstrap.judged import judged_grids, judged_lists, read_judgments
from app.bootstrap.offline import open_rankers
from app.bootstrap.rankers import (
    LOADERS,
    NETWORK_FILE,
    START_FILE,
    TREES_FILE,
    make_features,
    packages_of,
    read_trees,
)
from app.domain.rankers import RANKER
from app.ranking.learned import read_weights
from app.ranking.shelf import Shelf
from app.ranking.training import (
    Fitted,
    Source,
    Task,
    examples_with_clicks,
    source_of_events,
    train_by_time,
    train_crosswise,
)
from app.ranking.weighing import fuse_by_events, fuse_by_judgments
from models.rank.boosting import grow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from app.domain.rankers import Package
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
    """Trees boosted by LambdaMART on top of the fused order, as many as cross-validation says."""

    kind = "lambdamart"

    def fit(self, lists: Lists, names: Sequence[str], seed: int) -> Fitted:
        """Return the text of the trees, and where they start."""
        grown = grow(lists, names, seed, names.index(FUSED) if FUSED in names else None)
        files = {TREES_FILE: grown.text.encode()}
        facts: dict[str, Any] = {"trees": grown.num_trees, "trees_tried": len(grown.curve.means) - 1}
        facts["tuning_ndcg10"] = {"start": grown.curve.means[0], "chosen": grown.curve.means[grown.num_trees]}
        if grown.start is not None:
            files[START_FILE] = grown.start.to_bytes()
            facts["start"] = {"feature": FUSED, "slope": grown.start.slope}
        return Fitted(files, facts)

    def load(self, files: Mapping[str, bytes]) -> Predictor:
        """Read the trees back."""
        return read_trees(files)

    def importance(self, files: Mapping[str, bytes], lists: Lists) -> Scores:
        """Return each column's mean size of contributions, as shares."""
        return mean_sizes(self.load(files), lists)


class NetworkTrainer:
    """A small network by a listwise loss."""

    kind = "network"

    def fit(self, lists: Lists, names: Sequence[str], seed: int) -> Fitted:
        """Return the weights."""
        from models.rank.network import train_network

        del names  # a network knows its columns by place
        return Fitted({NETWORK_FILE: train_network(lists, seed)})

    def load(self, files: Mapping[str, bytes]) -> Predictor:
        """Read the weights back."""
        from models.rank.network import NetworkRanker

        return NetworkRanker(files[NETWORK_FILE])

    def importance(self, files: Mapping[str, bytes], lists: Lists) -> Scores:
        """Return each column's mean size of integrated gradients, as shares."""
        return mean_sizes(self.load(files), lists)


def mean_sizes(predictor: Predictor, lists: Lists) -> Scores:
    """Return the mean size of what each column contributes to the rows of some lists, (f,), as shares."""
    sizes = np.abs(predictor.contributions(lists.matrix[:MOST_EXPLAINED])[:, :-1]).mean(axis=0)
    return np.asarray(sizes / (sizes.sum() or 1.0))


KINDS: dict[str, Callable[[], Trainer]] = {"lambdamart": TreeTrainer, "network": NetworkTrainer}
MOST_EXPLAINED = 2_000  # rows that importance is measured on
FUSED = "fused_score"  # the feature that trees start from


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


def train_fusion(settings: Settings, wanted: Wanted, tell: Tell) -> Package:
    """Fit the weights of fusion, put them into the registry, and return the package as it is there.

    Raises InvalidInput for judgments that cannot be read, and for too little to learn from.
    """
    if wanted.judgments is None:
        package = _weights_of_events(settings, wanted, tell)
    else:
        judgments = read_judgments(wanted.judgments)
        tell(f"{len(judgments)} judged queries are searched for")
        judged = judged_grids(settings, judgments)
        facts = {"source": "judgments", "queries": len(judgments)}
        package = fuse_by_judgments(wanted.name, judged.grids, judged.grades, facts, wanted.seed)
    return replace(package, id=packages_of(settings).add(package))


def _weights_of_events(settings: Settings, wanted: Wanted, tell: Tell) -> Package:
    features, _ = make_features(settings)
    opened = open_rankers(settings)
    try:
        known, clicks = examples_with_clicks(opened.examples(), features, wanted.seed)
    finally:
        opened.close()
    tell(f"{len(known)} answers were shown")
    weights = np.where(np.concatenate(known.grades) > 0, clicks.weights(known.positions), 1.0)
    facts = {"source": "events", "answers": len(known), "click_model": clicks.to_body()}
    return fuse_by_events(wanted.name, known, weights, facts, wanted.seed)


def _from_events(settings: Settings, features: FeatureList, seed: int, tell: Tell) -> tuple[Source, Shelf]:
    """Return what people did with answers, and the models that are deployed."""
    opened = open_rankers(settings)
    try:
        examples = opened.examples()
        tell(f"{len(examples)} answers were shown")
        opened.catch_up()
        return source_of_events(examples, features, seed), opened.shelf
    finally:
        opened.close()


def _from_judgments(settings: Settings, file: Path, tell: Tell) -> Source:
    """Return what searches for the judged queries recall, with the grades of the file."""
    judgments = read_judgments(file)
    tell(f"{len(judgments)} judged queries are searched for")
    judged = judged_lists(settings, judgments)
    facts = {"source": "judgments", "queries": len(judgments), "answers": len(judged.lists)}
    return Source(judged.lists, facts)
