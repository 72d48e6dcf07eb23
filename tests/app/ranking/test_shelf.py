"""Models are loaded once, and what is deployed is published whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import InvalidInput, NotFound
from app.domain.rankers import DEPLOY, FUSION, RANKER, ROLLBACK, SHADOW, Order
from app.ranking.learned import WEIGHTS_FILE, Weights
from tests.app.ranking.made import Registry, linear, shelf_of


def test_a_name_means_its_newest_version() -> None:
    """`name` is the newest, `name@1` that one; others are refused with those that exist."""
    registry = Registry()
    first, second = registry.add(linear("a", {})), registry.add(linear("a", {}))
    shelf = shelf_of(registry)
    assert (shelf.find("a"), shelf.find("a@1")) == (second, first)
    for wrong in ("b", "a@3", "a@x", "a@"):
        with pytest.raises(InvalidInput, match="known are a") as caught:
            shelf.find(wrong)
        assert caught.value.field == "ranker"


def test_models_are_warm_before_they_are_seen_and_read_once() -> None:
    """Following a decision loads what it names; what is published is another object each time."""
    registry = Registry()
    given = registry.add(linear("a", {}))
    shelf = shelf_of(registry)
    before = shelf.live
    shelf.follow([Order(DEPLOY, given), Order(SHADOW, given)])
    assert before.models == {}
    assert shelf.live.models[given].predictor.calls == [500]  # type: ignore[attr-defined]  # the fake counts
    shelf.follow([Order(ROLLBACK, given)])
    assert shelf.loaded(given) is not None
    assert registry.loads == [given]


def test_a_package_that_cannot_be_loaded_is_broken_and_harms_nobody() -> None:
    """The state is published all the same, with why."""
    registry = Registry()
    good, bad = registry.add(linear("good", {})), registry.add(replace(linear("bad", {}), kind="magic"))
    shelf = shelf_of(registry)
    shelf.follow([Order(SHADOW, good), Order(DEPLOY, bad)])
    assert shelf.live.of(RANKER).live == bad
    assert "magic" in shelf.live.broken[bad]
    assert list(shelf.live.models) == [good]


def test_weights_of_fusion_are_no_ranker_and_a_ranker_is_no_fusion() -> None:
    """Each role finds its own packages only."""
    registry = Registry()
    weights = Weights({"term": 1.0}, {}, 0.5).to_bytes()
    ranker = registry.add(linear("a", {}))
    fusion = registry.add(replace(linear("f", {}), role=FUSION, files={WEIGHTS_FILE: weights}))
    shelf = shelf_of(registry)
    with pytest.raises(NotFound):
        shelf.load(fusion)
    with pytest.raises(NotFound):
        shelf.load_fusion(ranker)
    shelf.follow([Order(DEPLOY, fusion, FUSION)])
    assert shelf.live.fusion is not None
    assert shelf.live.fusion[0] == fusion
    shelf.follow([Order(ROLLBACK, fusion, FUSION)])
    assert shelf.live.fusion is None
