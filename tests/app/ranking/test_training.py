"""Training learns what people want from what they were shown, and reports on what came later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.bootstrap.training import TreeTrainer
from app.domain.errors import InvalidInput
from app.domain.exposures import Exposure
from app.ranking.examples import Examples, join
from app.ranking.training import (
    Source,
    Task,
    source_of_events,
    tells_position,
    train_by_time,
    train_crosswise,
)
from tests.app.ranking.made import FEATURES, Registry, linear, shelf_of

if TYPE_CHECKING:
    from models.rank.lists import Lists

LENGTH = 8
WANTED = FEATURES.names.index("item_popularity")
FUSED = FEATURES.names.index("fused_share")


def shown(num: int, seed: int = 0) -> Examples:
    """Return answers ordered by chance, where people look from the top and want what is popular."""
    rng = np.random.default_rng(seed)
    exposures, acts = [], {}
    for number in range(num):
        features = np.zeros((LENGTH, len(FEATURES.names)), np.float32)
        features[:, WANTED] = rng.normal(size=LENGTH)
        features[:, FUSED] = np.linspace(1.0, 0.1, LENGTH)
        looked = np.arange(1, LENGTH + 1) ** -0.7
        clicks = rng.random(LENGTH) < looked / (1 + np.exp(1 - 2 * features[:, WANTED]))
        items = tuple(f"item-{place}" for place in range(LENGTH))
        exposures.append(
            Exposure(
                request_id=f"r{number}",
                at=float(number),
                query="q",
                items=items,
                fused=features[:, FUSED],
                feature_version=FEATURES.version,
                features=features,
            )
        )
        acts[f"r{number}"] = {item: 1.0 for item, hit in zip(items, clicks, strict=True) if hit}
    return join(exposures, acts)


def test_a_ranker_learns_from_clicks_and_is_measured_on_later_ones() -> None:
    """It beats the order that was shown by an interval without zero, and says what it looks at."""
    source = source_of_events(shown(500), FEATURES, seed=0)
    assert source.facts["answers"] == 500
    assert source.facts["window"] == [0.0, 499.0]
    propensities = source.facts["click_model"]["propensities"]
    assert propensities[0] == 1.0
    assert propensities[-1] < 0.4
    package = train_by_time(Task("clicks"), source, FEATURES, TreeTrainer())
    metrics = package.facts["metrics"]
    assert metrics["gain_over_fused"]["low"] > 0
    assert next(iter(package.facts["importance"])) == "item_popularity"
    assert package.facts["validation"] == "by time"
    assert sorted(package.files) == ["calibration.png", "importance.png", "model.txt", "start.json"]
    assert [one["name"] for one in package.features] == list(FEATURES.names)
    again = train_by_time(Task("clicks"), source, FEATURES, TreeTrainer())
    assert again.files == package.files


def test_what_is_live_is_compared_and_what_is_fed_is_a_column() -> None:
    """A live ranker that knows the truth beats the fused order; a model fed with it looks at it."""
    registry = Registry()
    truth = shelf_of(registry).load(registry.add(linear("truth", {"item_popularity": 1.0})))
    source = source_of_events(shown(300), FEATURES, seed=0)
    package = train_by_time(Task("fed", 0, (truth,), truth), source, FEATURES, TreeTrainer())
    metrics = package.facts["metrics"]
    assert metrics["ndcg10_live"]["mean"] > metrics["ndcg10_fused"]["mean"]
    assert set(metrics) >= {"gain_over_live", "gain_over_fused"}
    assert "ranker.truth@1" in package.facts["importance"]
    assert package.feeds == (truth.id,)


def test_judgments_are_validated_crosswise() -> None:
    """Every list is scored by a model that was trained without it."""
    lists: Lists = shown(120).lists(lambda one: one.features)
    package = train_crosswise(Task("judged"), Source(lists, {"source": "judgments"}), FEATURES, TreeTrainer())
    assert package.facts["validation"] == "5 folds"
    assert package.facts["metrics"]["gain_over_fused"]["low"] > 0
    assert package.facts["source"] == "judgments"


def test_too_little_or_foreign_data_is_refused() -> None:
    """Fewer than 50 answers with actions under this feature list are told, whatever else there is."""
    foreign = [replace(one, feature_version="other") for one in shown(200).exposures]
    some = shown(30)
    mixed = Examples((*some.exposures, *foreign), (*some.grades, *shown(200).grades))
    with pytest.raises(InvalidInput, match="at least 50 are needed"):
        source_of_events(mixed, FEATURES, 0)


def test_columns_that_tell_the_position_are_known() -> None:
    """Ranks and fused numbers say where a row stood; scores and items do not."""
    blind = [name for name in FEATURES.names if tells_position(name)]
    assert {"fused_score", "fused_rank", "term_rank", "num_branches"} <= set(blind)
    assert not {"term_score", "item_popularity", "title_coverage", "user_affinity"} & set(blind)
