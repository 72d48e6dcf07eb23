"""A package predicts from its own columns, fed by others, or says why it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.errors import Conflict
from tests.app.ranking.made import FEATURES, FILE, Registry, linear, shelf_of

ROWS = np.random.default_rng(0).normal(size=(4, len(FEATURES.names))).astype(np.float32)


def column(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return one column of the rows."""
    return ROWS[:, FEATURES.names.index(name)].astype(np.float64)


def test_a_model_of_some_columns_finds_them_in_the_list() -> None:
    """Columns are matched by name, whatever else the list holds."""
    registry = Registry()
    given = registry.add(linear("few", {"item_tags": 2.0}, ["item_tags", "term_score"]))
    model = shelf_of(registry).load(given)
    np.testing.assert_allclose(model.scores(ROWS), 2 * column("item_tags"))
    assert model.names == ("item_tags", "term_score")
    assert model.inputs(ROWS).shape == (4, 2)


def test_a_models_score_may_be_anothers_column() -> None:
    """The fed score stands behind the own columns, and is explained as one of them."""
    registry = Registry()
    base = registry.add(linear("base", {"item_tags": 2.0}))
    top = registry.add(linear("top", {"ranker.base@1": 3.0, "term_score": 1.0}, ["term_score"], [base]))
    model = shelf_of(registry).load(top)
    np.testing.assert_allclose(model.scores(ROWS), 6 * column("item_tags") + column("term_score"), rtol=1e-5)
    assert model.names == ("term_score", "ranker.base@1")
    np.testing.assert_allclose(model.contributions(ROWS).sum(axis=1), model.scores(ROWS))


def test_unknown_features_kinds_and_models_are_refused_by_name() -> None:
    """Whatever this build cannot use is told with the package and what is wrong."""
    registry = Registry()
    plain = linear("old", {})
    other = {**plain.features[0], "version": 9}
    known = {
        registry.add(replace(plain, feature_version="feed", features=(other,))): "feature list feed",
        registry.add(replace(plain, kind="magic")): "of the kind 'magic'; this build knows linear",
        registry.add(replace(plain, files={FILE: b'{"broken": 1}'})): "cannot be loaded: this is no model",
    }
    for given, why in known.items():
        with pytest.raises(Conflict, match=why) as caught:
            shelf_of(registry).load(given)
        assert str(given) in caught.value.message
