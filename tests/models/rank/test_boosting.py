"""Trees grow from the order that is there, as many as held-out lists bear out, and repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.rank.boosting import Curve, TreeOptions, grow, train_trees
from models.rank.lambdamart import LambdaMart
from models.rank.metrics import ndcg
from tests.models.rank.made import World, world
from tests.models.rank.test_metrics import lists_of

if TYPE_CHECKING:
    from models.rank.lists import Lists

FEW = TreeOptions(num_trees=30)
NAMES = [f"column{place}" for place in range(5)]
SHOWN = [*NAMES, "shown"]


def with_shown(made: World) -> Lists:
    """Return the lists with a last column that falls in the order they were shown in."""
    shown = (1.0 / (1.0 - made.lists.fused)).astype(np.float32)
    return made.lists.with_matrix(np.hstack([made.lists.matrix, shown[:, None]]))


def weighted(made: World) -> Lists:
    """Return the lists with clicks weighted by how likely their position is looked at."""
    weights = np.tile(1.0 / np.maximum(made.looked, 0.05), len(made.lists))
    return made.lists.with_weights(np.where(made.lists.grades > 0, weights, 1.0))


def test_training_beats_the_order_that_was_shown_and_repeats() -> None:
    """Trained on clicks, true worth is ordered better than before; the same seed gives the same text."""
    lists = weighted(world(200))
    grown = grow(lists, NAMES, seed=0, options=FEW)
    assert grown.text == grow(lists, NAMES, seed=0, options=FEW).text
    model, truth = LambdaMart(grown.text), world(200, seed=9).truth()
    gain = ndcg(truth, model.predict(truth.matrix)).mean() - ndcg(truth, truth.fused).mean()
    assert gain > 0.15


def test_without_anything_to_learn_the_order_that_was_shown_stands() -> None:
    """Clicks by chance teach no tree, or hardly one: what comes out is the order it began from."""
    trees, kept = [], []
    for seed in range(3):
        made = world(80, seed=seed)
        rng = np.random.default_rng(seed)
        lists = with_shown(made).take(range(80))
        places = np.tile(np.arange(12), 80)
        clicked = rng.random(len(places)) < 0.6 / (1 + places)  # by place alone
        lists = type(lists)(
            lists.matrix, clicked.astype(float), lists.weights, lists.starts, lists.moments, lists.fused
        )
        grown = grow(lists, SHOWN, seed, column=5)
        model = LambdaMart(grown.text, grown.start)
        trees.append(grown.num_trees)
        scores = model.predict(lists.matrix).reshape(80, 12)
        kept.append(float((scores.argmax(axis=1) == 0).mean()))
    assert np.median(trees) == 0
    assert np.median(kept) == 1.0
    assert model.contributions(lists.matrix).sum(axis=1) == pytest.approx(model.predict(lists.matrix))


def test_from_a_good_order_few_judgments_do_no_harm() -> None:
    """Begun from an order that is nearly right, trees of thirty lists lose nothing that can be told."""
    gains = []
    for seed in range(3):
        made, truth = world(30, seed=seed), world(150, seed=50)
        lists, later = (
            one.truth().with_matrix(
                np.hstack([one.lists.matrix, one.worth[:, None].astype(np.float32) + noise(one)])
            )
            for one in (made, truth)
        )
        grown = grow(lists, SHOWN, seed, column=5)
        reached = ndcg(later, LambdaMart(grown.text, grown.start).predict(later.matrix))
        gains.append(float((reached - ndcg(later, later.matrix[:, 5].astype(np.float64))).mean()))
    assert min(gains) > -0.005


def noise(made: World) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return what blurs the worth of rows, (n, 1)."""
    return np.random.default_rng(1).normal(0, 0.3, (len(made.worth), 1)).astype(np.float32)


def test_trees_are_kept_where_many_lists_gain_by_them() -> None:
    """A gain that one list in many gives is within the error; the best of those beyond it are kept."""
    best = np.ones(16)
    start, steady = np.full(16, 0.5), np.full(16, 0.6)
    lucky = start.copy()
    lucky[:2] += (0.2, -0.05)
    assert Curve(np.stack([start, lucky]), best).rounds() == 0
    assert Curve(np.stack([start, steady, steady + 0.1, steady]), best).rounds() == 2
    assert Curve(np.stack([start, start - 0.1]), best).rounds() == 0
    assert Curve(np.stack([start, steady]), best).means == pytest.approx([0.5, 0.6])


def test_where_folds_leave_too_little_for_a_tree_the_start_is_all() -> None:
    """Rows enough for one split, but not without a fifth of them: no tree, and the order begun from."""
    lists = world(4).lists
    options = TreeOptions(min_rows=len(lists.grades) // 2)
    grown = grow(lists, NAMES, seed=0, column=0, options=options)
    assert (grown.num_trees, grown.curve.told.shape[0]) == (0, 1)
    assert grown.start is not None
    told = LambdaMart(grown.text, grown.start).predict(lists.matrix)
    assert told == pytest.approx(grown.start.scores(lists.matrix))


def test_what_cannot_be_learnt_is_refused() -> None:
    """Lists of equal grades teach no order; a few rows cannot be split."""
    same = lists_of([1, 1], [0, 0])
    for train in (grow, train_trees):
        with pytest.raises(ValueError, match="nothing to learn"):
            train(same, [], seed=0)
        with pytest.raises(ValueError, match="too few rows"):
            train(world(3).lists, NAMES, seed=0)


def test_boosting_ends_by_what_would_be_clicked_were_all_looked_at() -> None:
    """With inverse propensities the order comes nearer to the truth than without, over several worlds."""
    reached: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(3):
        made, truth = world(200, seed=seed, slope=1.0), world(200, seed=99).truth()
        for is_weighted, lists in ((True, weighted(made)), (False, made.lists)):
            model = LambdaMart(grow(lists, NAMES, seed, options=FEW).text)
            reached[is_weighted].append(float(ndcg(truth, model.predict(truth.matrix)).mean()))
    assert np.mean(reached[True]) > np.mean(reached[False])
