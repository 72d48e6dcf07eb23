"""Recall by place, and by what is liked around it."""

import numpy as np

from app.domain.items import Item, Location
from app.search.branches.region import AroundBranch, RegionBranch
from app.search.types import Near, Prepared
from indexes.geo.popularity import Popularity
from tests.app.search.fakes import FakeCollection

HERE = Near(52.52, 13.40)
LATS = (52.70, 52.53, 48.85, 52.521)  # 20 km, 1.1 km, some 400 km, 0.1 km away


def towns() -> FakeCollection:
    """Return four items with places, and one without."""
    collection = FakeCollection()
    for number, lat in enumerate(LATS):
        collection.put(Item(f"place-{number}", location=Location(lat, 13.40)))
    collection.put(Item("nowhere"))
    return collection


def test_the_nearest_come_first() -> None:
    """Places come by distance, scored one half at 10 km, or at half the radius sent."""
    found = RegionBranch().recall(towns(), Prepared(near=HERE), 10, None)
    assert found.ordinals.tolist() == [3, 1, 0, 2]
    np.testing.assert_allclose(found.scores[1], 1 / (1 + 1.112 / 10), rtol=1e-3)
    drawn = Prepared(near=Near(HERE.lat, HERE.lon, radius_km=2.224))
    np.testing.assert_allclose(RegionBranch().recall(towns(), drawn, 2, None).scores[1], 0.5, rtol=1e-3)


def test_what_is_liked_around_here_comes_by_popularity() -> None:
    """Only liked items within the circle count; the best of them has 1, whatever is liked elsewhere."""
    liked = Popularity(
        ("nowhere", "place-0", "place-1", "place-2", "vanished"),
        np.array([0.9, 0.2, 0.1, 1.0, 0.5], np.float32),
    )
    found = AroundBranch(lambda: liked).recall(towns(), Prepared(near=HERE), 10, None)
    assert found.ordinals.tolist() == [0, 1]
    np.testing.assert_allclose(found.scores, [1.0, 0.5], rtol=1e-6)
    close = AroundBranch(lambda: liked).recall(towns(), Prepared(near=Near(0, 0, 5.0)), 10, None)
    assert len(close.ordinals) == 0


def test_they_say_why_they_cannot() -> None:
    """Without a location, without places, without anything liked."""
    near = Prepared(near=HERE)
    assert RegionBranch().why_not(towns(), Prepared()) == "no location was sent"
    assert RegionBranch().why_not(FakeCollection(), near) == "no item of this collection has a location"
    assert RegionBranch().why_not(towns(), near) is None
    assert AroundBranch().why_not(towns(), near) == "nobody has liked anything yet"
    assert AroundBranch().why_not(towns(), Prepared()) == "no location was sent"
    assert AroundBranch().why_not(FakeCollection(), near) == "no item of this collection has a location"
