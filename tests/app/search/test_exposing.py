"""What was shown is written down behind the answers' back, as it was served."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.errors import Unavailable
from app.domain.rankers import SHADOW, Order
from app.ranking.features.items import ItemFacts
from app.ranking.features.scene import Asked
from app.ranking.stage import RankStage
from app.search.exposing import Exposer, share_of
from app.search.pages import Pinned
from app.search.types import Answer, Prepared
from tests.app.ranking.features.scenes import listed, some_items
from tests.app.ranking.made import FEATURES, Registry, linear, shelf_of
from tests.app.ranking.test_rankers import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.domain.exposures import Exposure
    from app.ranking.shelf import Shelf

RANKED = listed({"term": {0: 3.0, 1: 2.0, 2: 1.0}})
ASKED = Asked("horse", frozenset({"horse"}), at=9.0, user="ann")


def answer(
    request_id: str = "r",
    asked: Asked = ASKED,
    places: tuple[int, ...] = (0, 2),
    arms: Mapping[str, str] | None = None,
) -> Answer:
    """Return an answer that showed some places of a list of three."""
    pinned = Pinned(RANKED, Prepared("horse"), "convex", (), explain=False, asked=asked)
    names = ("rich", "plain", "far")
    return Answer(request_id, pinned, tuple(names[place] for place in places), places, 1.5, arms or {})


class World:
    """An exposer over memory, with hands on its clock."""

    def __init__(self, rate: float = 1.0, anonymous_per_s: float = 2.0) -> None:
        self.now = 100.0
        self.kept = Kept()
        registry = Registry()
        self.given = registry.add(linear("watcher", {"item_title_chars": 1.0}))
        self.shelf: Shelf = shelf_of(registry)
        self.pool = ThreadPoolExecutor(1)
        self.stage = RankStage(self.shelf, ItemFacts(some_items(), str.split), self.pool, 5.0)
        self.exposer = Exposer(self.kept, self.shelf, self.stage, lambda: self.now, rate, anonymous_per_s)

    def close(self) -> None:
        self.exposer.close()
        self.pool.shutdown()


@pytest.fixture
def world() -> Iterator[World]:
    """An exposer that is closed after the test."""
    made = World()
    yield made
    made.close()


def test_an_exposure_has_what_was_shown_and_its_features(world: World) -> None:
    """Items, places, arms and the rows of the whole list's features, under the list's version."""
    world.exposer.note(answer(arms={"trial": "b"}))
    assert world.exposer.flush(5.0)
    (told,) = world.kept.held
    assert (told.items, told.offset, told.total, told.arms) == (("rich", "far"), 0, 3, {"trial": "b"})
    assert told.ranks.tolist() == [[1, 3]]
    assert told.ends.tolist() == [[0.0, 3.0]]  # the floor of the branch, the highest score of the list
    assert told.feature_version == FEATURES.version
    whole = world.stage.features(ASKED, RANKED)
    assert told.features.tobytes() == whole[[0, 2]].tobytes()


def test_what_a_ranker_saw_is_written_down_to_the_bit(world: World) -> None:
    """The matrix that was scored is the one that is kept: nothing is computed again."""
    model = world.shelf.load(world.given)
    reranked = world.stage.order(model, ASKED, RANKED)
    assert reranked.features is not None
    marked = reranked.features.copy()
    marked[:, 0] = [5.0, 6.0, 7.0]
    told = answer()
    pinned = replace(told.pinned, ranked=reranked.ranked, reranked=replace(reranked, features=marked))
    world.exposer.note(replace(told, pinned=pinned))
    assert world.exposer.flush(5.0)
    assert world.kept.held[0].features.tobytes() == marked[[0, 2]].tobytes()
    assert world.kept.held[0].scores.tolist() == [16.0, 3.0]


def test_who_watches_scores_what_is_kept(world: World) -> None:
    """A shadow's scores stand beside the answer and change nothing of it."""
    world.shelf.follow([Order(SHADOW, world.given)])
    world.exposer.note(answer())
    assert world.exposer.flush(5.0)
    assert world.kept.held[0].shadows["watcher@1"].tolist() == [9.0, 16.0]


def test_nobody_is_kept_only_so_often_and_somebody_always(world: World) -> None:
    """Beyond two a second searches without a user or session are let go; time brings new ones."""
    for number in range(5):
        world.exposer.note(answer(f"anonymous-{number}", Asked("horse")))
        world.exposer.note(answer(f"ann-{number}"))
    world.now += 0.5
    world.exposer.note(answer("later", Asked("horse")))
    assert world.exposer.flush(5.0)
    kept = [one.request_id for one in world.kept.held]
    assert [name for name in kept if not name.startswith("ann-")] == ["anonymous-0", "anonymous-1", "later"]
    assert sum(name.startswith("ann-") for name in kept) == 5


def test_a_share_of_people_is_kept_wholly() -> None:
    """At a rate of a half, one person's answers are all kept and another's never."""
    world = World(rate=0.5)
    users = [f"user-{number}" for number in range(40)]
    for user in users:
        for number in range(2):
            world.exposer.note(answer(f"{user}-{number}", replace(ASKED, user=user)))
    world.close()
    kept = [one.user for one in world.kept.held]
    assert {kept.count(user) for user in users} == {0, 2}
    assert set(kept) == {user for user in users if share_of(user) < 0.5}


def test_what_cannot_be_written_is_counted_and_stops_nothing() -> None:
    """A store that fails costs those answers, told as dropped; the next ones are written."""

    class Failing(Kept):
        def append(self, batch: Sequence[Exposure]) -> None:
            if not self.held and not failed.is_set():
                failed.set()
                raise Unavailable("no disk")
            super().append(batch)

    failed, world = Event(), World()
    world.exposer._sink = Failing()
    world.exposer.note(answer("lost"))
    assert world.exposer.flush(5.0)
    world.exposer.note(answer("kept"))
    world.close()
    assert world.exposer.num_dropped == 1
    assert [one.request_id for one in world.exposer._sink.scan()] == ["kept"]
    world.exposer.note(answer("after the end"))
    assert world.exposer.num_dropped == 2


def test_an_empty_page_counts_only_where_an_experiment_had_its_say(world: World) -> None:
    """Nothing shown is nothing to learn from, but an arm that shows nothing must be seen to."""
    world.exposer.note(answer("nothing", places=()))
    world.exposer.note(answer("trial", Asked("horse"), (), {"trial": "b"}))
    assert world.exposer.flush(5.0)
    assert [(one.request_id, one.items) for one in world.kept.held] == [("trial", ())]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_what_lies_below_a_page_changes_none_of_its_numbers(world: World, order: list[int]) -> None:
    """Features of a first page are to the bit those of the whole list, also where its best lies below."""
    ranked = RANKED.take(np.array(order, np.intp))
    first = answer(places=(0, 1))
    told = world.exposer.exposure_of(replace(first, pinned=replace(first.pinned, ranked=ranked)))
    assert told.features.tobytes() == world.stage.features(ASKED, ranked)[:2].tobytes()
