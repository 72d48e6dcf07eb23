"""A ranker's score is the sum of its explanation's leaves, and reasons come from it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ranking.explain import attribute, leaves
from app.ranking.features.items import ItemFacts
from app.ranking.features.scene import Asked
from app.ranking.stage import RankStage, Reranked
from tests.app.ranking.features.scenes import listed, some_items
from tests.app.ranking.made import Registry, linear, shelf_of

ASKED = Asked("horse", frozenset({"horse"}))
FUSED = {"term": {0: 3.0, 1: 2.0, 2: 1.0}, "text": {0: 0.9, 2: 0.5}}
COLUMNS = ("item_title_chars", "fused_score", "fused_rank", "text_score", "title_coverage", "item_popularity")


def reranked(weights: dict[str, float], exact: tuple[int, ...] = ()) -> Reranked:
    """Return three items as a linear model with these weights orders them."""
    registry = Registry()
    given = registry.add(linear("a", weights))
    with ThreadPoolExecutor(1) as pool:
        stage = RankStage(shelf_of(registry), ItemFacts(some_items(), str.split), pool, 5.0)
        return asyncio.run(stage.rank(given, ASKED, listed(FUSED, exact)))


@settings(max_examples=30, deadline=None)
@given(
    weights=st.lists(st.floats(-3, 3), min_size=len(COLUMNS), max_size=len(COLUMNS)),
    exact=st.sampled_from([(), (1,), (0, 2)]),
)
def test_leaves_sum_to_the_score(weights: list[float], exact: tuple[int, ...]) -> None:
    """Whatever the model and the exact titles, every hit's leaves add up to what is shown."""
    told = reranked(dict(zip(COLUMNS, weights, strict=True)), exact)
    attributed = attribute(told, 0, 3)
    assert attributed is not None
    assert told.scores is not None
    for row in range(3):
        shares = dict(zip(told.ranked.names, told.ranked.contributions[:, row].tolist(), strict=True))
        score = float(told.scores[row])
        tree = attributed.tree(row, "ranker a@1", score, shares, exact=bool(told.ranked.exact[row]))
        assert sum(leaf.contribution for leaf in leaves(tree)) == pytest.approx(score, abs=1e-5)


def test_what_fusion_gave_is_shared_among_its_branches() -> None:
    """The fused score's part is taken apart as fusion put it together, and values are told."""
    told = reranked({"fused_score": 2.0, "item_title_chars": 0.1})
    attributed = attribute(told, 0, 3)
    assert attributed is not None
    row = told.ranked.ordinals.tolist().index(0)
    tree = attributed.tree(row, "ranker", 0.0, {"term": 0.3, "text": 0.1}, exact=False)
    (fused,) = [child for child in tree.children if child.name == "fused_score"]
    assert [child.name for child in fused.children] == ["term", "text"]
    assert fused.children[0].contribution == pytest.approx(3 * fused.children[1].contribution)
    (title,) = [child for child in tree.children if child.name == "item_title_chars"]
    assert (title.value, title.children) == (9.0, ())


def test_reasons_are_what_moved_the_hit_up() -> None:
    """Features speak for their branch or for themselves; what moved it down is no reason."""
    told = reranked({"title_coverage": 2.0, "text_score": -1.0, "item_popularity": 0.1})
    attributed = attribute(told, 0, 3)
    assert attributed is not None
    row = told.ranked.ordinals.tolist().index(0)
    moved = attributed.reasons(row, {"term": 0.5, "text": 0.5})
    assert set(moved) == {"term", "popularity"}
    assert moved["popularity"] == pytest.approx(0.7)


def test_a_list_no_model_ordered_has_nothing_to_attribute() -> None:
    """Where the fused order stands, its own explanation holds."""
    told = reranked({})
    assert attribute(Reranked(told.ranked, told.report), 0, 3) is None
    assert np.array_equal(told.ranked.ordinals, listed(FUSED).ordinals)
