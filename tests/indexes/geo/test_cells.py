"""Tests cells against distances measured one by one, anywhere on earth."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.forward.places import Places
from indexes.geo.cells import MIN_STALE, Cells, chain

ANYWHERE = st.tuples(
    st.one_of(st.sampled_from([90.0, -90.0, 0.0, 58.16]), st.floats(-90, 90)),
    st.one_of(st.sampled_from([180.0, -180.0, 0.0, 10.54]), st.floats(-180, 180)),
)


def scattered(lat: float, lon: float, seed: int) -> list[tuple[float, float]]:
    """Return places around a point, from metres to thousands of kilometres away."""
    rng = np.random.default_rng(seed)
    spread = np.repeat(10.0 ** np.linspace(-3.5, 1.3, 25), 16)
    lats = np.clip(lat + rng.normal(size=400) * spread, -90, 90)
    lons = (lon + rng.normal(size=400) * spread / max(np.cos(np.radians(lat)), 0.01) + 180) % 360 - 180
    return [(float(a), float(b)) for a, b in zip(lats, lons, strict=True)]


@settings(max_examples=40, deadline=None)
@given(ANYWHERE, st.integers(0, 1_000))
def test_nothing_within_reach_is_missing(point: tuple[float, float], seed: int) -> None:
    """Each ring names everything that lies within its reach, at poles, seams and pentagons too."""
    cells, places = Cells(), Places()
    found = scattered(*point, seed)
    places.grow(len(found))
    for ordinal, place in enumerate(found):
        cells.put(ordinal, place)
        places.set(ordinal, place)
    distances = places.distances_km(*point)
    reaches = []
    for reach_km, ordinals in cells.rings(*point):
        assert set(np.flatnonzero(distances <= reach_km).tolist()) <= set(ordinals.tolist())
        reaches.append(reach_km)
    assert reaches == sorted(reaches)
    assert reaches[-1] > 500


def test_who_moves_is_found_where_it_went() -> None:
    """An ordinal that moves is named around its new place; stale entries do not pile up."""
    cells = Cells()
    for step in range(10 * MIN_STALE):
        cells.put(0, (10.0, 20.0) if step % 2 else (-30.0, 50.0))
    cells.put(0, (-30.0, 50.0))
    first = next(ordinals for _, ordinals in cells.rings(-30.0, 50.0))
    assert first.tolist() == [0]
    assert max(map(len, cells._lists.values())) <= 2 * MIN_STALE + 1
    cells.put(0, None)
    assert chain(0) == ()
