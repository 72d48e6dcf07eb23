"""Tests that a search is read from the wire as it is meant, and its answer written whole."""

from __future__ import annotations

import pytest

from app.api.schemas.items import ToldItems
from app.api.schemas.search import SearchBody, result_json
from app.domain.errors import InvalidInput
from app.domain.items import Item
from app.domain.search import (
    BranchHit,
    BranchOptions,
    BranchReport,
    Explanation,
    FacetValue,
    Hit,
    Reason,
    SearchRequest,
    SearchResult,
)
from indexes.forward.filters import Compare


def test_nothing_sent_is_nothing_asked() -> None:
    """An empty body is the front page: the record with its defaults."""
    assert SearchBody().to_request() == SearchRequest()


def test_every_field_reaches_the_record() -> None:
    """Branches, filter and limits arrive under their own names."""
    body = SearchBody.model_validate(
        {
            "query": "q",
            "filter": {"gte": {"popularity": 2}},
            "facets": ["tags"],
            "limit": 7,
            "branches": {"term": {"weight": 2, "deadline_ms": 50}, "text": {"enabled": False}},
            "fusion": "rrf",
            "min_score": 0.5,
            "explain": True,
        }
    )
    assert body.to_request() == SearchRequest(
        query="q",
        filter=Compare("popularity", "gte", 2.0),
        facets=("tags",),
        limit=7,
        branches={"term": BranchOptions(None, 2.0, 50.0), "text": BranchOptions(False, None, None)},
        fusion="rrf",
        min_score=0.5,
        explain=True,
    )


def test_a_bad_filter_is_named_by_its_part() -> None:
    """The path of the part that is wrong comes with the error."""
    body = SearchBody.model_validate(
        {"filter": {"all": [{"eq": {"tags": "a"}}, {"gt": {"popularity": "x"}}]}}
    )
    with pytest.raises(InvalidInput) as caught:
        body.to_request()
    assert caught.value.field == "filter.all[1].gt.popularity"


def test_an_answer_tells_everything_and_leaves_out_what_is_not_there() -> None:
    """Optional parts appear only when there is something to say."""
    hit = Hit(
        Item("a", title="A"),
        1.5,
        {"term": BranchHit(2, 3.5)},
        (Reason("title_words", "The title has “a”."),),
        Explanation("score", 1.5, children=(Explanation("term", 1.5, 3.5),)),
    )
    reports = (BranchReport("term", "ok", 1, 0.5), BranchReport("text", "late", 0, 9.0, "9 ms"))
    result = SearchResult("r", (hit,), reports, 1, {"tags": (FacetValue("x", 2),)}, next_cursor="c")
    told = result_json(result, 1.25, ToldItems(10))
    assert told["hits"][0]["branches"] == {"term": {"rank": 2, "score": 3.5}}
    assert told["hits"][0]["explanation"]["children"] == [{"name": "term", "contribution": 1.5, "value": 3.5}]
    assert told["branches"][1] == {"name": "text", "status": "late", "hits": 0, "took_ms": 9.0, "why": "9 ms"}
    assert told["facets"] == {"tags": [{"value": "x", "count": 2}]}
    assert (told["next_cursor"], told["total"], told["took_ms"]) == ("c", 1, 1.25)
    assert "corrected_query" not in told
