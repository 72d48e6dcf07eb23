"""The real collection answers what a search asks of it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.items import Item
from app.domain.search import SearchRequest
from app.search.branches import make_branches
from app.search.encoding import QueryEncoder
from app.search.fanout import Fanout
from app.search.items import Items
from app.search.pages import Pages
from app.search.plan import Planner
from app.search.service import Search
from app.search.suggest import Suggest
from indexes.collection import Collection, CollectionConfig
from indexes.dense.space import SpaceConfig
from indexes.forward.filters import In
from indexes.types import Delete, Put, Record
from tests.app.search.fakes import DIM, FakeEncoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import app.search.collection as asked
    from app.domain.search import SearchResult

NOUNS = ("house", "fox", "anchor", "umbrella", "clock", "tree", "bridge", "lamp")
COLOURS = ("red", "green", "blue")
ITEMS = [
    Item(f"{colour}-{noun}", title=f"{colour} {noun}", tags=(noun,), category=colour)
    for noun in NOUNS
    for colour in COLOURS
]
POINTS = {noun: np.eye(DIM)[i % DIM].tolist() for i, noun in enumerate(NOUNS)}


class Store:
    """Reads the bodies of the items of this test."""

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        return {item.id: item for item in ITEMS if item.id in item_ids}


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    """Every colour of every noun, each pointing where its noun points."""
    filled = Collection(CollectionConfig({"text": SpaceConfig(DIM)}, tmp_path / "work", background=False))
    records = [Record(i.id, i.title, tags=i.tags, category=i.category) for i in ITEMS]
    filled.apply([Put(lsn, record) for lsn, record in enumerate(records, 1)])
    vectors = np.array([POINTS[item.tags[0]] for item in ITEMS], np.float32)
    filled.put_vectors("text", [item.id for item in ITEMS], vectors, len(ITEMS))
    yield filled
    filled.close()


def ask(collection: Collection, *requests: SearchRequest) -> list[SearchResult]:
    """Search the real collection by these requests, one after the other."""
    branches = make_branches()

    async def work(pool: ThreadPoolExecutor) -> list[SearchResult]:
        search = Search(
            collection=collection,
            items=Items(Store(), pool, 100),  # type: ignore[arg-type]  # only get_many is asked for
            encoders={"text": QueryEncoder(FakeEncoder({**POINTS, "foxes": POINTS["fox"]}), pool)},
            planner=Planner(branches, encoded={"text"}),
            fanout=Fanout(branches, pool, time.monotonic),
            pages=Pages(10**6, 600.0, time.monotonic),
            fusion="convex",
            clock=time.monotonic,
            new_id=lambda: "answer",
        )
        return [await search.search(request) for request in requests]

    with ThreadPoolExecutor(4) as pool:
        return asyncio.run(work(pool))


def ids(result: SearchResult) -> list[str]:
    """Return the ids of the hits."""
    return [hit.item.id for hit in result.hits]


def test_the_real_one_has_the_shape_that_is_asked_for(collection: Collection) -> None:
    """What a search asks for is what the real collection has, and it holds what was put."""
    shape: asked.Collection = collection
    assert shape.num_items == len(ITEMS)


def test_words_and_meaning_agree_on_the_noun(collection: Collection) -> None:
    """The three items of the noun come first, found by both branches, and say which word they have."""
    (result,) = ask(collection, SearchRequest(query="foxes"))
    assert set(ids(result)[:3]) == {"red-fox", "green-fox", "blue-fox"}
    assert set(result.hits[0].branches) >= {"term"}
    assert "The title has “foxes”." in [reason.text for reason in result.hits[0].reasons]


def test_the_exact_title_is_first(collection: Collection) -> None:
    """The item called exactly so leads, whatever its case."""
    (result,) = ask(collection, SearchRequest(query="Blue  FOX"))
    assert ids(result)[0] == "blue-fox"
    assert result.hits[0].reasons[0].code == "exact_title"


def test_the_filter_and_the_counts_agree_with_brute_force(collection: Collection) -> None:
    """All hits pass the filter; total and facets equal counting by hand."""
    request = SearchRequest(
        query="fox", filter=In("category", ("red", "blue")), facets=("category",), limit=200
    )
    (result,) = ask(collection, request)
    assert {hit.item.category for hit in result.hits} == {"red", "blue"}
    assert result.total == len(result.hits) == 2 * len(NOUNS)
    assert {v.value: v.count for v in result.facets["category"]} == {"red": len(NOUNS), "blue": len(NOUNS)}


def test_a_misspelt_query_is_corrected(collection: Collection) -> None:
    """An unknown word near a known one is searched as that one, and it is told."""
    (result,) = ask(collection, SearchRequest(query="umbrela"))
    assert result.corrected_query == "umbrella"
    assert set(ids(result)[:3]) == {"red-umbrella", "green-umbrella", "blue-umbrella"}
    (right,) = ask(collection, SearchRequest(query="umbrella"))
    assert right.corrected_query is None


def test_like_an_item_is_not_that_item(collection: Collection) -> None:
    """The others of the noun are nearest; the item itself is left out."""
    (result,) = ask(collection, SearchRequest(like="red-fox"))
    assert "red-fox" not in ids(result)
    assert {"green-fox", "blue-fox"} <= set(ids(result)[: 2 * len(NOUNS) // DIM + 3])


def test_the_front_page_is_everything_but_the_deleted(collection: Collection) -> None:
    """Nothing asked lists the living, by id where nothing else is known."""
    collection.apply([Delete(1_000, "red-fox")])
    (result,) = ask(collection, SearchRequest(limit=200))
    assert ids(result) == sorted(item.id for item in ITEMS if item.id != "red-fox")


def test_titles_complete(collection: Collection) -> None:
    """What is typed completes to titles that have a word beginning so."""
    completions = Suggest(collection).complete("umb", 5)
    assert {c.text for c in completions if c.kind == "title"} == {f"{c} umbrella" for c in COLOURS}
