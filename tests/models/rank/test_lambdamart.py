"""LambdaMART's gradients are those of its loss, and its models learn, repeat and read back."""

from __future__ import annotations

import numpy as np
import pytest

from models.rank.lambdamart import LambdaMart, TreeOptions, lambdas, pairs_of, train_trees
from models.rank.lists import split_by_time
from models.rank.metrics import discounts, ndcg, places_of
from tests.models.rank.made import world
from tests.models.rank.test_metrics import lists_of

FEW = TreeOptions(num_trees=30)
NAMES = [f"column{place}" for place in range(5)]


def test_pairs_are_those_of_different_grades_in_one_list() -> None:
    """Every better row meets every worse row of its list, and no other; gains follow the grades."""
    lists = lists_of([0, 2, 1], [1, 0, 0])
    pairs = pairs_of(lists)
    met = set(zip(pairs.better.tolist(), pairs.worse.tolist(), strict=True))
    assert met == {(1, 0), (1, 2), (2, 0), (3, 4), (3, 5)}
    best = 3.0 + 1.0 / np.log2(3)
    assert pairs.gain[0] == pytest.approx(3.0 / best)


def test_gradients_are_the_slope_of_the_pairwise_loss() -> None:
    """With the change of nDCG held, moving a score changes sum(delta log(1 + e^-s)) by its gradient."""
    lists = lists_of([0, 2, 1, 0], [1, 0, 0], weights=[1, 2, 1, 1, 3, 1, 1])
    rng = np.random.default_rng(0)
    scores, pairs = rng.normal(size=7), pairs_of(lists)
    found = discounts(places_of(scores, lists.owners), 4)
    delta = pairs.gain * np.abs(found[pairs.better] - found[pairs.worse])

    def loss(at: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        return float((delta * np.log1p(np.exp(at[pairs.worse] - at[pairs.better]))).sum())

    gradient, curvature = lambdas(pairs, scores, lists.owners)
    for row in range(7):
        step = np.zeros(7)
        step[row] = 1e-4
        slope = (loss(scores + step) - loss(scores - step)) / 2e-4
        bend = (loss(scores + step) - 2 * loss(scores) + loss(scores - step)) / 1e-8
        assert gradient[row] == pytest.approx(slope, abs=1e-7)
        assert curvature[row] == pytest.approx(max(bend, 1e-9), abs=1e-5)


def test_training_beats_the_order_that_was_shown_and_repeats() -> None:
    """Trained on clicks, true worth is ordered better than before; the same seed gives the same text."""
    made = world(600)
    training, tuning = split_by_time(made.lists, (0.85, 0.15))
    text = train_trees(training, tuning, NAMES, seed=0, options=FEW)
    assert text == train_trees(training, tuning, NAMES, seed=0, options=FEW)
    model = LambdaMart(text)
    truth = world(200, seed=9).truth()
    gain = ndcg(truth, model.predict(truth.matrix)).mean() - ndcg(truth, truth.fused).mean()
    assert gain > 0.15
    assert model.importance().sum() == pytest.approx(1.0)
    assert model.importance()[0] == model.importance().max()


def test_what_cannot_be_learnt_or_read_is_refused() -> None:
    """Lists of equal grades teach no order, and a text that is no model is named as such."""
    same = lists_of([1, 1], [0, 0])
    with pytest.raises(ValueError, match="nothing to learn"):
        train_trees(same, same, [], seed=0)
    few = world(3).lists
    with pytest.raises(ValueError, match="too few rows"):
        train_trees(few, few.take([]), NAMES, seed=0)
    with pytest.raises(ValueError, match="no text of a tree model"):
        LambdaMart("tree\nnothing of the kind")


def test_no_rows_have_no_scores() -> None:
    """An empty matrix is answered by empty scores and contributions."""
    made = world(120)
    model = LambdaMart(train_trees(made.lists, made.lists.take([]), NAMES, 0, TreeOptions(num_trees=3)))
    assert model.predict(np.empty((0, 5), np.float32)).shape == (0,)
    assert model.contributions(np.empty((0, 5), np.float32)).shape == (0, 6)


def test_boosting_ends_by_what_would_be_clicked_were_all_looked_at() -> None:
    """With inverse propensities tuning comes out nearer to the truth, over several worlds, than without."""
    reached: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(4):
        made, truth = world(300, seed=seed, slope=1.0), world(200, seed=99).truth()
        weights = np.tile(1.0 / np.maximum(made.looked, 0.05), len(made.lists))
        weighted = made.lists.with_weights(np.where(made.lists.grades > 0, weights, 1.0))
        training, _ = split_by_time(weighted, (0.85, 0.15))
        for is_weighted, lists in ((True, weighted), (False, made.lists)):
            _, tuning = split_by_time(lists, (0.85, 0.15))
            model = LambdaMart(train_trees(training, tuning, NAMES, seed, FEW))
            reached[is_weighted].append(float(ndcg(truth, model.predict(truth.matrix)).mean()))
    assert np.mean(reached[True]) > np.mean(reached[False])
