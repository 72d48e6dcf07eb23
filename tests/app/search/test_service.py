"""A search from its request to its pages."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import pytest

from app.domain.errors import Expired, InvalidInput, NotFound, Unavailable
from app.domain.items import Item
from app.domain.search import BranchOptions, FacetValue, SearchRequest
from app.search.branches import make_branches
from app.search.fanout import Fanout
from app.search.people import People
from indexes.behavior.trending import Hot
from indexes.forward.filters import In
from tests.app.search.crowds import NOW, crowd
from tests.app.search.fakes import FakeClock, FakeCollection, FakeEncoder, icons, searching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.search import SearchResult
    from app.search.collection import Collection
    from app.search.service import Search
    from app.search.types import Branch, Prepared
    from indexes.types import Mask, Matches

ENCODER_POINTS = {"icon": [1.0, 0.0, 0.0, 0.0], "shape": [1.0, 0.5, 0.0, 0.0]}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for one test."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


async def pages(search: Search, request: SearchRequest, limits: Sequence[int]) -> list[SearchResult]:
    """Return the pages of a search: the first by the request, the rest by cursor, limits taken in turn."""
    found = [await search.search(request)]
    while (cursor := found[-1].next_cursor) is not None:
        limit = limits[len(found) % len(limits)]
        found.append(await search.search(SearchRequest(cursor=cursor, limit=limit)))
    return found


def ids(*results: SearchResult) -> list[str]:
    """Return the ids of all hits of these pages."""
    return [hit.item.id for result in results for hit in result.hits]


def test_found_by_both_branches(pool: ThreadPoolExecutor) -> None:
    """Hits carry each branch's rank, a fused score that never rises, and reasons; stages are timed."""
    search = searching(icons(), FakeEncoder(ENCODER_POINTS), pool)
    result = asyncio.run(search.search(SearchRequest(query="icon")))
    assert ids(result) == [f"icon-{i}" for i in range(6)]
    assert all(set(hit.branches) == {"term", "text"} and hit.reasons for hit in result.hits)
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert {b.name: b.num_hits for b in result.branches if b.status == "ok"} == {"term": 6, "text": 6}
    assert ("browse", "skipped") in {(b.name, b.status) for b in result.branches}
    assert (result.total, result.next_cursor, result.request_id) == (6, None, "answer-1")
    assert {"understand", "encode", "plan", "recall", "fuse", "documents", "reasons"} == {
        name for name, _ in result.stages
    }


@pytest.mark.parametrize("fusion", ["rrf", "convex"])
@pytest.mark.parametrize("limits", [[1], [2, 5], [7], [3, 1, 200]])
def test_any_limits_give_the_list_of_one_big_page(
    pool: ThreadPoolExecutor, fusion: str, limits: list[int]
) -> None:
    """However pages are cut, their hits in a row are the hits of one big page."""
    search = searching(icons(40), FakeEncoder(ENCODER_POINTS), pool)

    async def work() -> None:
        whole = await search.search(SearchRequest(query="icon 7", fusion=fusion, limit=200))
        request = SearchRequest(query="icon 7", fusion=fusion, limit=limits[0])
        cut = await pages(search, request, limits)
        assert [hit for page in cut for hit in page.hits] == list(whole.hits)
        assert {page.total for page in cut} == {whole.total} == {40}

    asyncio.run(work())


def test_pages_do_not_move_while_items_are_written(pool: ThreadPoolExecutor) -> None:
    """Between pages items come, change and go: nothing is shown twice, nothing missed but the deleted."""
    collection = icons(30)
    search = searching(collection, FakeEncoder(ENCODER_POINTS), pool)

    async def work() -> None:
        before = ids(await search.search(SearchRequest(query="icon", limit=200)))
        shown = [await search.search(SearchRequest(query="icon", limit=4))]
        victim = before[9]
        for round_ in range(10):
            collection.put(Item(f"aaa-{round_}", title="icon"), [1, 0, 0, 0])
            collection.put(Item(before[20], title="icon icon icon"), [1, 0, 0, 0])
            if round_ == 0:
                collection.delete(victim)
            if shown[-1].next_cursor:
                shown.append(await search.search(SearchRequest(cursor=shown[-1].next_cursor, limit=4)))
        assert ids(*shown) == [name for name in before if name != victim]
        assert [len(page.hits) for page in shown[:-1]] == [4] * (len(shown) - 1)

    asyncio.run(work())


def test_an_item_put_again_after_its_deletion_is_another(pool: ThreadPoolExecutor) -> None:
    """A pinned list skips a deleted item even when its id has come back."""
    collection = icons(6)
    search = searching(collection, FakeEncoder(ENCODER_POINTS), pool)

    async def work() -> None:
        first = await search.search(SearchRequest(query="icon", limit=2))
        collection.delete("icon-3")
        collection.put(Item("icon-3", title="icon 3"), [1, 0, 0, 0])
        second = await search.search(SearchRequest(cursor=first.next_cursor, limit=9))
        assert ids(first, second) == ["icon-0", "icon-1", "icon-2", "icon-4", "icon-5"]

    asyncio.run(work())


def test_a_cursor_stands_alone_and_expires(pool: ThreadPoolExecutor) -> None:
    """Beside a cursor only a limit may stand; after its time the list is gone."""
    clock = FakeClock()
    search = searching(icons(), FakeEncoder(ENCODER_POINTS), pool, clock)

    async def work() -> None:
        cursor = (await search.search(SearchRequest(query="icon", limit=2))).next_cursor
        for beside in (
            SearchRequest(cursor=cursor, query="icon"),
            SearchRequest(cursor=cursor, explain=True),
            SearchRequest(cursor=cursor, facets=("category",)),
            SearchRequest(cursor="nonsense"),
        ):
            with pytest.raises(InvalidInput) as caught:
                await search.search(beside)
            assert caught.value.field == "cursor"
        clock.now = 601
        with pytest.raises(Expired):
            await search.search(SearchRequest(cursor=cursor))

    asyncio.run(work())


def test_exact_titles_come_first(pool: ThreadPoolExecutor) -> None:
    """An item whose title is the query stands first, far as its meaning may be, and says so."""
    collection = icons(6)
    collection.put(Item("far", title="Shape"), [-1, 0, 0, 1])
    result = asyncio.run(
        searching(collection, FakeEncoder(ENCODER_POINTS), pool).search(
            SearchRequest(query="shape", explain=True)
        )
    )
    assert ids(result)[0] == "far"
    assert result.hits[0].reasons[0].code == "exact_title"
    tree = result.hits[0].explanation
    assert tree is not None
    assert "exact_title" in {part.name for part in tree.children}


def test_filter_total_and_facets_count_the_same_list(pool: ThreadPoolExecutor) -> None:
    """Every hit passes the filter; total and facets count what paging reaches, cut by score or not."""
    search = searching(icons(9), FakeEncoder(ENCODER_POINTS), pool)

    async def work() -> None:
        odd = SearchRequest(query="icon", filter=In("category", ("odd",)), facets=("category",), limit=3)
        cut = await pages(search, odd, [3])
        assert sorted(ids(*cut)) == ["icon-1", "icon-3", "icon-5", "icon-7"]
        assert cut[0].facets == {"category": (FacetValue("odd", 4),)}
        assert cut[0].total == 4
        some = await search.search(SearchRequest(query="icon", facets=("category",), min_score=0.95))
        assert 0 < some.total < 9
        assert some.total == len(some.hits) == sum(v.count for v in some.facets["category"])
        assert min(hit.score for hit in some.hits) >= 0.95

    asyncio.run(work())


def test_nothing_asked_lists_the_whole_collection(pool: ThreadPoolExecutor) -> None:
    """The front page is everything, most popular first, and can be paged to its end."""
    collection = icons(25)
    collection.put(Item("star", title="star", popularity=3.0))
    search = searching(collection, FakeEncoder(), pool)
    front = asyncio.run(pages(search, SearchRequest(limit=10), [10]))
    assert ids(*front) == ["star", *sorted(f"icon-{i}" for i in range(25))]
    assert front[0].total == 26
    assert [hit.reasons[0].code for hit in front[0].hits[:2]] == ["popular", "listed"]


def test_like_an_item(pool: ThreadPoolExecutor) -> None:
    """Like an item gives its neighbours without itself, and says what they are like."""
    search = searching(icons(), FakeEncoder(), pool)
    result = asyncio.run(search.search(SearchRequest(like="icon-0")))
    assert ids(result) == ["icon-1", "icon-2", "icon-3", "icon-4", "icon-5"]
    assert result.hits[0].reasons[0].text.startswith("It is similar to “icon 0”")
    with pytest.raises(NotFound):
        asyncio.run(search.search(SearchRequest(like="nobody")))


def test_a_correction_is_reported(pool: ThreadPoolExecutor) -> None:
    """The corrected query is searched, and told on every page."""
    collection = icons()
    collection.suggest.corrections["icno"] = "icon"
    search = searching(collection, FakeEncoder(ENCODER_POINTS), pool)
    cut = asyncio.run(pages(search, SearchRequest(query="icno", limit=4), [4]))
    assert [page.corrected_query for page in cut] == ["icon", "icon"]
    assert len(ids(*cut)) == 6


class BrokenEncoder(FakeEncoder):
    """Never gives a vector."""

    def encode(self, texts: Sequence[str]) -> object:  # type: ignore[override]  # broken on purpose
        raise RuntimeError(f"no vector for {texts}")


def test_one_branch_down_is_an_answer_all_down_is_none(pool: ThreadPoolExecutor) -> None:
    """Without an encoder's vector words still answer and the failure is told; alone it is Unavailable."""
    search = searching(icons(), BrokenEncoder(), pool)

    async def work() -> None:
        result = await search.search(SearchRequest(query="icon"))
        assert len(result.hits) == 6
        assert {b.name: b.status for b in result.branches}["text"] == "failed"
        only = SearchRequest(query="icon", branches={"term": BranchOptions(enabled=False)})
        with pytest.raises(Unavailable, match="no vector"):
            await search.search(only)

    asyncio.run(work())


class DownBranch:
    """Fails whenever it is asked to recall; all else is another branch's."""

    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        self.space, self.floor, self.ceiling = branch.space, branch.floor, branch.ceiling

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        return self._branch.why_not(collection, prepared)

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:  # noqa: ARG002 - the protocol's
        raise RuntimeError("down")


def test_when_all_but_one_branch_fail_the_answer_still_comes_and_says_so(pool: ThreadPoolExecutor) -> None:
    """A recommendation of which only browsing works lists the collection and tells what failed."""
    search = searching(icons(), FakeEncoder(), pool)
    known = replace(crowd(("ann", "click", "icon-1")), hot=(Hot("icon-2", 1.0, 1),))

    async def reached(_lsn: int, _timeout_s: float) -> bool:
        return True

    branches: dict[str, Branch] = {
        name: one if name == "browse" else DownBranch(one) for name, one in make_branches().items()
    }
    people = People(lambda: known, lambda: 0, reached, lambda: NOW)
    search = replace(search, people=people, fanout=Fanout(branches, pool, time.monotonic))
    result = asyncio.run(search.search(SearchRequest(user="ann")))
    assert len(result.hits) == 6
    told = {one.name: (one.status, one.why) for one in result.branches if one.status != "skipped"}
    down = ("failed", "RuntimeError: down")
    assert told == {"browse": ("ok", None), "behavior": down, "preference": down, "trending": down}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SearchRequest(fusion="average"), "fusion"),
        (SearchRequest(facets=("colour",)), "facets[0]"),
        (SearchRequest(branches={"vibes": BranchOptions()}), "branches.vibes"),
    ],
)
def test_wrong_values_are_refused_by_name(
    pool: ThreadPoolExecutor, request_: SearchRequest, field: str
) -> None:
    """The caller learns which field was wrong."""
    with pytest.raises(InvalidInput) as caught:
        asyncio.run(searching(icons(), FakeEncoder(), pool).search(request_))
    assert caught.value.field == field


def test_an_empty_collection_answers_with_nothing(pool: ThreadPoolExecutor) -> None:
    """Nothing is found where nothing is, without an error."""
    search = searching(FakeCollection(), FakeEncoder(), pool)
    for request in (SearchRequest(), SearchRequest(query="icon")):
        result = asyncio.run(search.search(request))
        assert (result.hits, result.total, result.next_cursor) == ((), 0, None)
