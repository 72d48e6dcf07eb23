"""Tests the exact scan."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from indexes.dense.exact import scan
from indexes.dense.rows import Rows, prepared
from tests.indexes.dense.made import config_of, vectors


@pytest.mark.parametrize("metric", ["cosine", "ip", "l2"])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.1])
def test_a_scan_is_the_definition(metric: Literal["cosine", "ip", "l2"], share: float) -> None:
    """The best are those of scores in double precision, within any mask."""
    config = config_of(metric)
    held = prepared(vectors(500), config)
    rows = Rows.of(held, np.arange(500, dtype=np.int32))
    query = prepared(vectors(1, seed=5), config)[0]
    mask = np.random.default_rng(1).random(500) < share
    scores = held.astype(np.float64) @ query
    if metric == "l2":
        scores = -((held.astype(np.float64) - query) ** 2).sum(axis=1)
    expected = [o for o in np.argsort(-scores, kind="stable").tolist() if mask[o]][:20]
    matches = scan(rows, query, 20, mask, config)
    assert matches.ordinals.tolist() == expected
    assert matches.scores == pytest.approx(scores[expected], rel=1e-4, abs=1e-6)


def test_equal_vectors_tie_by_ordinal() -> None:
    """Copies of one vector come in the order of their ordinals, wherever they are stored."""
    config = config_of()
    held = prepared(np.repeat(vectors(1), 999, axis=0), config)
    owners = np.random.default_rng(0).permutation(999).astype(np.int32)
    query = prepared(vectors(1, seed=5), config)[0]
    for k in (1, 10, 400, 2_000):
        found = scan(Rows.of(held, owners), query, k, None, config).ordinals
        assert found.tolist() == list(range(min(k, 999)))


def test_nothing_allowed_is_nothing_found() -> None:
    """An empty mask and a k of none give no matches."""
    config = config_of()
    rows = Rows.of(prepared(vectors(3), config), np.arange(3, dtype=np.int32))
    assert scan(rows, rows.vectors[0], 5, np.zeros(3, np.bool_), config).ordinals.tolist() == []
    assert scan(rows, rows.vectors[0], 0, None, config).ordinals.tolist() == []
