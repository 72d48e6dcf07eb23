"""People look down a list and click."""

from __future__ import annotations

import numpy as np
import pytest

from app.simulation.looking import CASCADE, MODELS, NOISE, PBM, clicks, examined

NUM = 20_000


def rates(relevance: list[float], model: str) -> np.ndarray:
    """Return how often each place is clicked on."""
    rng = np.random.default_rng(3)
    counts = np.zeros(len(relevance))
    for _ in range(NUM):
        counts[clicks(np.array(relevance), 1.0, model, rng)] += 1
    told: np.ndarray = counts / NUM
    return told


def test_by_places_a_click_is_a_look_times_a_wish() -> None:
    """Under the position-based model the rate at place k is 1/k of the wish, whatever stands above."""
    wishes = NOISE + (1 - NOISE) * np.array([0.8, 0.4, 0.8])
    found = rates([0.8, 0.4, 0.8], PBM)
    assert found == pytest.approx(wishes * examined(3, 1.0), abs=4 / np.sqrt(NUM))


def test_by_cascade_a_satisfied_look_ends() -> None:
    """What stands below something wanted is clicked on less than below something useless."""
    below_good, below_bad = rates([1.0, 0.8], CASCADE)[1], rates([0.0, 0.8], CASCADE)[1]
    assert below_good < 0.6 * below_bad
    assert rates([0.5], CASCADE)[0] == pytest.approx(NOISE + (1 - NOISE) * 0.5, abs=4 / np.sqrt(NUM))


@pytest.mark.parametrize("model", MODELS)
def test_nothing_shown_is_nothing_clicked(model: str) -> None:
    """An empty list has no places."""
    assert clicks(np.array([]), 1.0, model, np.random.default_rng(1)).tolist() == []
