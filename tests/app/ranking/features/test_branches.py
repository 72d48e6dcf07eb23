"""Branch features are the fused list's own numbers, for every branch there is."""

from __future__ import annotations

import numpy as np

from app.ranking.features import branches
from app.search.branches import make_branches
from models.exported import registry
from tests.app.ranking.features.scenes import listed, scene


def test_every_branch_of_the_build_has_its_features() -> None:
    """A branch that is exported has a score, a rank and a presence to learn from."""
    missing = [
        f"{name}_{kind}"
        for name in make_branches()
        for kind in ("score", "rank", "found")
        if f"{name}_{kind}" not in registry("features")
    ]
    assert missing == []


def test_scores_ranks_and_presence_are_those_of_the_list() -> None:
    """A first place is 1 and falls; who was not found has 0, and so has a branch that gave nothing."""
    told = scene(ranked=listed({"term": {0: 3.0, 2: 1.0}, "text": {2: 0.5, 1: 0.25}}))
    rows = [told.ranked.ordinals.tolist().index(ordinal) for ordinal in (0, 1, 2)]
    assert np.asarray(branches.score_of("term")(told))[rows].tolist() == [3.0, 0.0, 1.0]
    assert np.asarray(branches.rank_of("text")(told))[rows].tolist() == [0.0, 61 / 62, 1.0]
    assert np.asarray(branches.presence_of("text")(told))[rows].tolist() == [False, True, True]
    assert branches.score_of("image")(told) == branches.rank_of("image")(told) == 0.0
    assert np.asarray(branches.num_branches(told))[rows].tolist() == [1, 1, 2]


def test_fused_features_fall_with_the_list() -> None:
    """Score, share of the best, and place go down the list together."""
    told = scene()
    for compute in (branches.fused_score, branches.fused_share, branches.fused_rank):
        assert (np.diff(np.asarray(compute(told))) < 0).all()
    assert np.asarray(branches.fused_share(told))[0] == np.asarray(branches.fused_rank(told))[0] == 1.0
