"""Trains a ranker from what was shown and done, or from judgments, and says how good it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from app.domain.errors import InvalidInput
from app.domain.rankers import RANKER, Package, PackageId
from app.ranking.examples import counted, only
from models.rank.clicks import estimate
from models.rank.metrics import ndcg
from models.rank.pictures import calibration, draw_calibration, draw_importance
from models.rank.validate import compare, cross_validated, hold_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.exposures import Exposure
    from app.ranking.examples import Examples
    from app.ranking.features.listing import FeatureList
    from app.ranking.predict import Model, Predictor, Scores
    from models.rank.clicks import ClickModel
    from models.rank.lists import Lists

LEAST_LISTS = 50  # with fewer, a held-out fifth says nothing
EXACT_FIRST = 1e6  # exact titles stay first, whatever a model says
MOST_POSITIONS = 50
TELLS_POSITION = ("fused_", "num_branches")  # beginnings of columns that say where a row stood
RANK_ENDING = "_rank"


@dataclass(frozen=True, slots=True)
class Fitted:
    """The files of a model, and what is to be said of how it was fitted."""

    files: dict[str, bytes]
    facts: dict[str, Any] = field(default_factory=dict)


class Trainer(Protocol):
    """One kind of ranker: how it is fitted, kept and read back."""

    @property
    def kind(self) -> str: ...

    def fit(self, lists: Lists, names: Sequence[str], seed: int) -> Fitted:
        """Return a model. Raises ValueError when there is nothing to learn."""
        ...

    def load(self, files: dict[str, bytes]) -> Predictor: ...

    def importance(self, files: dict[str, bytes], lists: Lists) -> Scores:
        """Return each column's share of what the model decides by, (f,)."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What to train: a name, a seed, models whose scores are further columns, and what is live."""

    name: str
    seed: int = 0
    feeds: tuple[Model, ...] = ()
    live: Model | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Lists in the columns of the whole feature list, and what else is to be said of them."""

    lists: Lists
    facts: dict[str, Any]


def examples_with_clicks(examples: Examples, features: FeatureList, seed: int) -> tuple[Examples, ClickModel]:
    """Return the answers under this feature list, and how likely each position of them is looked at.

    Raises InvalidInput when fewer than 50 of them have actions.
    """
    known = only(examples, lambda one: one.feature_version == features.version)
    graded = sum(bool(grades.any()) for grades in known.grades)
    if graded < LEAST_LISTS:
        raise InvalidInput(
            "from",
            f"{graded} answers with actions are known under the feature list {features.version}; "
            f"at least {LEAST_LISTS} are needed",
        )
    return known, click_model(known, features, seed)


def source_of_events(examples: Examples, features: FeatureList, seed: int) -> Source:
    """Return the lists that people acted on, clicks weighted by how likely their position is looked at.

    Exposures of another feature list are left out and counted. Raises InvalidInput when too few are left.
    """
    known, clicks = examples_with_clicks(examples, features, seed)
    lists = known.lists(lambda one: one.features)
    weighted = lists.with_weights(np.where(lists.grades > 0, clicks.weights(known.positions), 1.0))
    answers, acted, actions = counted(known)
    facts = {
        "source": "events",
        "answers": answers,
        "answers_with_actions": acted,
        "actions": actions,
        "answers_of_other_feature_lists": len(examples) - answers,
        "window": _window(known.exposures),
        "click_model": clicks.to_body(),
    }
    return Source(weighted.take(np.flatnonzero([grades.any() for grades in known.grades])), facts)


def click_model(examples: Examples, features: FeatureList, seed: int) -> ClickModel:
    """Return how likely each position is looked at, estimated on everything that was shown."""
    blind = [place for place, name in enumerate(features.names) if not tells_position(name)]
    positions = examples.positions
    matrix = np.concatenate([one.features[:, blind] for one in examples.exposures])
    clicked = np.concatenate(examples.grades) > 0
    highest = min(int(positions.max(initial=1)), MOST_POSITIONS)
    return estimate(clicked, positions, matrix, highest, seed)


def tells_position(name: str) -> bool:
    """Return whether a column says where the row stood: relevance must not be explained by it."""
    return name.startswith(TELLS_POSITION) or name.endswith(RANK_ENDING)


def train_by_time(task: Task, source: Source, features: FeatureList, trainer: Trainer) -> Package:
    """Return a package trained on the earlier lists and measured on the later ones."""
    held = hold_out(_with_feeds(source.lists, task.feeds))
    names = _names(features, task.feeds)
    fitted = _fit(trainer, held.training, names, task.seed)
    scores = trainer.load(fitted.files).predict(held.later.matrix)
    whole = held.later.matrix[:, : len(features.names)]
    exact = EXACT_FIRST * whole[:, features.names.index("exact_title")]
    orders = {"ranker": scores + exact, "fused": held.later.fused}
    if task.live is not None:
        orders["live"] = task.live.scores(np.ascontiguousarray(whole)) + exact
    metrics = compare(held.later, orders, "ranker", task.seed)
    facts = {**source.facts, "validation": "by time", "held_out": len(ndcg(held.later, scores))}
    return _package(task, features, trainer, fitted, facts | {"metrics": metrics}, held.later, scores)


def train_crosswise(task: Task, source: Source, features: FeatureList, trainer: Trainer) -> Package:
    """Return a package trained on all lists and measured by models that did not see the list (5 folds)."""
    lists = _with_feeds(source.lists, task.feeds)
    names = _names(features, task.feeds)

    def fit(others: Lists) -> Any:
        return trainer.load(_fit(trainer, others, names, task.seed).files).predict

    scores = cross_validated(lists, fit, task.seed)
    exact = EXACT_FIRST * lists.matrix[:, features.names.index("exact_title")]
    orders = {"ranker": scores + exact, "fused": lists.fused}
    metrics = compare(lists, orders, "ranker", task.seed)
    fitted = _fit(trainer, lists, names, task.seed)
    facts = {**source.facts, "validation": "5 folds", "held_out": len(ndcg(lists, scores))}
    return _package(task, features, trainer, fitted, facts | {"metrics": metrics}, lists, scores)


def _fit(trainer: Trainer, lists: Lists, names: Sequence[str], seed: int) -> Fitted:
    try:
        return trainer.fit(lists, names, seed)
    except ValueError as error:
        raise InvalidInput("from", str(error)) from error


def _package(
    task: Task,
    features: FeatureList,
    trainer: Trainer,
    fitted: Fitted,
    facts: dict[str, Any],
    lists: Lists,
    scores: Scores,
) -> Package:
    names, shares = _names(features, task.feeds), trainer.importance(fitted.files, lists)
    wanted = np.where(lists.grades > 0, lists.weights, 0.0)
    pictures = {
        "importance.png": draw_importance(names, shares),
        "calibration.png": draw_calibration(calibration(scores, wanted)),
    }
    top = np.argsort(-shares, kind="stable")[:20]
    facts |= {"seed": task.seed, "fit": fitted.facts}
    facts["importance"] = {names[place]: round(float(shares[place]), 6) for place in top if shares[place] > 0}
    return Package(
        id=PackageId(task.name, 0),
        role=RANKER,
        kind=trainer.kind,
        feature_version=features.version,
        features=tuple(one.to_body() for one in features.features),
        feeds=tuple(one.id for one in task.feeds),
        facts=facts,
        files=fitted.files | pictures,
    )


def _names(features: FeatureList, feeds: Sequence[Model]) -> list[str]:
    return [*features.names, *(f"ranker.{one.id}" for one in feeds)]


def _with_feeds(lists: Lists, feeds: Sequence[Model]) -> Lists:
    if not feeds:
        return lists
    fed = [one.scores(lists.matrix).astype(np.float32)[:, None] for one in feeds]
    return lists.with_matrix(np.hstack([lists.matrix, *fed]))


def _window(exposures: Sequence[Exposure]) -> list[float]:
    moments = [one.at for one in exposures]
    return [min(moments, default=0.0), max(moments, default=0.0)]
