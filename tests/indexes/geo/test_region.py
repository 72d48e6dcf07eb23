"""Tests recall by place against measuring everything."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from indexes.forward.places import Places
from indexes.geo.region import RegionIndex, closeness

BERLIN = (52.52, 13.405)
NUM = 6_000


def town(seed: int = 1) -> list[tuple[float, float]]:
    """Return places in and around Berlin, thinner with distance."""
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.uniform(-3, 0.7, NUM)
    lats = BERLIN[0] + rng.normal(size=NUM) * spread
    lons = BERLIN[1] + rng.normal(size=NUM) * spread
    return list(zip(lats.tolist(), lons.tolist(), strict=True))


@pytest.fixture(scope="module")
def index() -> RegionIndex:
    """A region index of more places than are measured without rings."""
    made = RegionIndex()
    for ordinal, place in enumerate(town()):
        made.put(ordinal, place)
    return made


def measured(mask: np.ndarray | None = None) -> np.ndarray:
    """Return every distance from the middle of Berlin, infinite where the mask forbids."""
    places = Places()
    places.grow(NUM)
    for ordinal, place in enumerate(town()):
        places.set(ordinal, place)
    distances = places.distances_km(*BERLIN)
    return distances if mask is None else np.where(mask, distances, np.inf)


@pytest.mark.parametrize("k", [1, 10, 300, 5_999, 7_000])
def test_the_nearest_are_those_that_measuring_all_finds(index: RegionIndex, k: int) -> None:
    """Rings widen until k are sure: the answer is the one that measuring everything gives."""
    found = index.near(*BERLIN, k)
    order = np.argsort(measured(), kind="stable")[:k]
    assert len(set(found.ordinals.tolist())) == min(k, NUM)
    # Scores that agree to a part in a million tie, and then the ordinal decides: a few centimetres.
    np.testing.assert_allclose(measured()[found.ordinals], measured()[order], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(found.scores, 1 / (1 + measured()[order] / 10), rtol=2e-6)


@pytest.mark.parametrize("share", [0.9, 0.3, 0.003])
def test_a_filter_is_honoured_inside(index: RegionIndex, share: float) -> None:
    """With a mask the answer is the k nearest of those it allows, however few they are."""
    mask = np.random.default_rng(3).random(NUM) < share
    found = index.near(*BERLIN, 40, mask)
    wanted = np.argsort(measured(mask), kind="stable")[: min(40, int(mask.sum()))]
    assert set(found.ordinals.tolist()) == set(wanted.tolist())


@pytest.mark.parametrize("within_km", [0.5, 3.0, 40.0])
def test_a_circle_is_exact(index: RegionIndex, within_km: float) -> None:
    """A radius leaves exactly those whose distance does not pass it."""
    inside = np.flatnonzero(measured() <= within_km)
    assert index.around(*BERLIN, within_km, None).tolist() == inside.tolist()
    assert set(index.near(*BERLIN, NUM, within_km=within_km).ordinals.tolist()) == set(inside.tolist())


def test_places_come_go_and_move() -> None:
    """Few places are measured directly; one that lost its place, or moved, is found accordingly."""
    index = RegionIndex()
    assert len(index.near(*BERLIN, 5).ordinals) == 0
    index.put(2, BERLIN)
    index.put(5, (52.53, 13.405))
    index.put(7, None)
    assert index.near(*BERLIN, 5).ordinals.tolist() == [2, 5]
    index.put(2, None)
    index.put(5, BERLIN)
    assert len(index) == 1
    assert index.near(*BERLIN, 5).ordinals.tolist() == [5]
    assert index.near(*BERLIN, 5).scores.tolist() == [1.0]
    assert index.near(*BERLIN, 5, np.zeros(3, np.bool_)).ordinals.tolist() == []


def test_closeness_halves_and_never_vanishes() -> None:
    """The score is one half at the half distance and tells places apart across the earth."""
    scores = closeness(np.array([0.0, 10.0, 19_000.0, 20_000.0]), 10.0)
    assert scores[:2].tolist() == [1.0, 0.5]
    assert scores[2] > scores[3] > 0


def test_readers_beside_a_writer_see_whole_places() -> None:
    """While items hop between two towns, every answer holds only places within the circle asked for."""
    index, stop, wrong = RegionIndex(), threading.Event(), []
    for ordinal in range(200):
        index.put(ordinal, BERLIN)

    def read() -> None:
        while not stop.is_set():
            found = index.near(*BERLIN, 500, within_km=1.0)
            if len(found.scores) and found.scores.min() < 0.9:
                wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(2_000):
        index.put(step % 200, (48.85, 2.35) if step % 400 < 200 else BERLIN)
    stop.set()
    reader.join()
    assert wrong == []
