"""Fitted fusion never loses to its best branch."""

from __future__ import annotations

import numpy as np
import pytest

from models.rank.fusing import Voices, ascend, fit_weights, platt
from models.rank.lists import Lists

NAMES = ("strong", "weak", "useless")


def voices(noises: tuple[float, ...], num: int = 60, length: int = 20, seed: int = 0) -> Voices:
    """Return branches that hear the truth through noise; the truth grades about a tenth of the rows."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=num * length)
    heard = np.stack([truth + noise * rng.normal(size=len(truth)) for noise in noises])
    shares = 1 / (1 + np.exp(-heard))
    found = heard > -0.3
    lists = Lists(
        matrix=np.empty((len(truth), 0), np.float32),
        grades=(truth > 1.0).astype(np.float64),
        weights=np.ones(len(truth)),
        starts=np.arange(0, len(truth) + 1, length).astype(np.intp),
        moments=np.zeros(num),
        fused=np.zeros(len(truth)),
    )
    return Voices(NAMES[: len(noises)], np.where(found, shares, 0.0), lists)


@pytest.mark.parametrize("noises", [(0.5, 0.7, 9.0), (0.3, 6.0, 9.0), (1.0, 1.0, 1.0)])
def test_fused_is_at_least_as_good_as_its_best_branch(noises: tuple[float, ...]) -> None:
    """On lists of another seed, whatever the mix of strong and weak branches, within two hundredths."""
    fitted = fit_weights(voices(noises), seed=0)
    later = voices(noises, seed=7)
    alone = max(later.score(row) for row in np.eye(3))
    assert later.score(fitted.weights) >= alone - 0.02
    assert fitted.fused >= max(fitted.branches.values()) - 1e-9
    assert fitted.weights.sum() == pytest.approx(1.0)


def test_branches_that_complete_each_other_are_both_heard() -> None:
    """Two equal branches with noises of their own give more together than either; a useless one is quiet."""
    fitted = fit_weights(voices((0.6, 0.6, 9.0)), seed=0)
    assert fitted.fused > max(fitted.branches.values()) + 0.03
    assert fitted.weights[2] < 0.2 * fitted.weights[:2].min()


def test_climbing_reaches_at_least_every_corner_it_starts_from() -> None:
    """The ascent never ends below one branch alone."""
    told = voices((0.4, 2.0, 5.0), num=40)
    reached = told.score(ascend(told))
    assert all(reached >= told.score(np.where(np.arange(3) == row, 1.0, 0.002)) for row in range(3))


def test_calibration_recovers_a_logistic_curve() -> None:
    """Of 20 000 scores drawn by sigmoid(2 s - 1) slope and offset are found; noise keeps a rising curve."""
    rng = np.random.default_rng(0)
    scores = rng.normal(3.0, 2.0, 20_000)
    wanted = (rng.random(20_000) < 1 / (1 + np.exp(1 - 2 * (scores - 3.0)))).astype(float)
    a, b = platt(scores, wanted)
    assert a == pytest.approx(2.0, abs=0.15)
    assert b == pytest.approx(-7.0, abs=0.5)
    assert platt(scores, (rng.random(20_000) < 0.5).astype(float))[0] > 0
    assert platt(np.ones(5), np.ones(5)) == (1.0, 0.0)
