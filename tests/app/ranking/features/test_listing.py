"""The feature list is one matrix with one version."""

from __future__ import annotations

import numpy as np

from app.ranking.features.definition import Feature
from app.ranking.features.listing import make_list
from tests.app.ranking.features.scenes import scene


def own(value: object, default: float = -7.0) -> Feature:
    """Return a feature that is always this."""
    return Feature("own", "own", "number", 1, default, "free", lambda _: value)  # type: ignore[arg-type,return-value]


def test_the_matrix_is_finite_and_one_row_a_candidate() -> None:
    """Every candidate has every column, as float32; what is unknown is the feature's default."""
    features = make_list([own(np.array([1.0, np.nan, np.inf]))])
    matrix = features.compute(scene())
    assert matrix.shape == (3, len(features.names))
    assert matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    assert matrix[:, -1].tolist() == [1.0, -7.0, np.float32(3.0e38)]


def test_unknown_items_are_told_by_defaults() -> None:
    """An item that says neither age nor popularity nor place has the defaults of these."""
    features = make_list()
    told = dict(zip(features.names, features.compute(scene())[1].tolist(), strict=True))
    assert (told["item_popularity"], told["item_age_days"], told["item_distance_km"]) == (0.0, -1.0, -1.0)
    assert (told["user_affinity"], told["trend_score"], told["query_coverage"]) == (0.0, 0.0, -1.0)


def test_the_version_is_of_names_and_definitions() -> None:
    """The same list has the same version; another default is another list."""
    assert make_list().version == make_list().version
    assert make_list([own(1.0)]).version != make_list().version
    assert make_list([own(1.0)]).version != make_list([own(1.0, default=0.0)]).version


def test_columns_are_found_by_definition_and_refused_where_it_differs() -> None:
    """A model of some columns finds them wherever they stand; another definition is not the same column."""
    features = make_list([own(1.0)])
    bodies = [one.to_body() for one in features.features]
    places = features.columns_of([bodies[-1], bodies[3]])
    assert places is not None
    assert places.tolist() == [len(bodies) - 1, 3]
    assert features.columns_of([{**bodies[3], "version": 2}]) is None
    assert features.columns_of([{**bodies[3], "name": "gone"}]) is None
