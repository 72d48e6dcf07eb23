"""Tests what a long-term model recommends, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from indexes.behavior.longterm import Recipe, learn
from indexes.behavior.walks import rp3beta
from tests.indexes.behavior.histories import drawn, table

LINKS_ONLY = Recipe(kin=0.0, waves=0.0, ridge=0.0)


def test_links_alone_are_a_walk_from_the_asked_items() -> None:
    """Scores are sums of the asked items' links over the largest; what was asked with is left out."""
    met = drawn(30, 12, seed=7)
    links = rp3beta(met, LINKS_ONLY.alpha, LINKS_ONLY.beta, 500).toarray()
    asked = met[:5]
    sums = asked.toarray() @ links
    sums[asked.toarray() > 0] = 0
    wanted = sums / sums.max(axis=1, keepdims=True)
    np.testing.assert_allclose(learn(met, LINKS_ONLY).scores(asked).toarray(), wanted, rtol=1e-4)


def test_every_part_leaves_out_what_was_asked_with() -> None:
    """With people alike, ridge and waves no asked item comes back either, and what is not allowed neither."""
    met = drawn(60, 20, seed=8)
    model = learn(met, Recipe(rank=4))
    asked = met[:20]
    allowed = np.ones(20, np.float32)
    allowed[[2, 3]] = 0
    found = model.scores(asked, allowed=allowed).toarray()
    assert not found[asked.toarray() > 0].any()
    assert not found[:, [2, 3]].any()
    assert (found > 0).any()


def test_people_alike_and_waves_bring_other_items_than_links() -> None:
    """Each part changes the order."""
    met = drawn(60, 20, seed=9)
    plain = learn(met, LINKS_ONLY).scores(met[:8]).toarray()
    louder = (replace(LINKS_ONLY, kin=1.0), replace(LINKS_ONLY, waves=1.0), replace(LINKS_ONLY, ridge=1.0))
    for recipe in louder:
        other = learn(met, recipe).scores(met[:8]).toarray()
        assert not np.allclose(plain, other)


def test_a_dislike_speaks_against_what_it_is_linked_to() -> None:
    """An item linked to a liked and a disliked one comes after one linked to the liked one alone."""
    met = table([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 1, 0]])
    scores = learn(met, LINKS_ONLY).scores(table([[1, -0.5, 0, 0]])).toarray()[0]
    assert scores[3] > scores[2]
    assert scores[:2].tolist() == [0, 0]


def test_the_strongest_seed_is_named() -> None:
    """An item goes back to the asked one with the largest weight times link; to none without links."""
    met = table([[1, 0, 1, 0, 0], [1, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 1]])
    model = learn(met, LINKS_ONLY)
    seeds = model.strongest(table([[1, 0.5, 0, 0, 0]]), np.array([2, 3, 4]))
    assert seeds.tolist() == [0, 1, -1]
