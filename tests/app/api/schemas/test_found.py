"""Pieces of JSON put together say what the slow way says, whatever is in them."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.schemas.found import found_json
from app.api.schemas.items import ToldItems
from app.api.schemas.search import frame_json, result_json
from app.domain.items import Item
from app.domain.search import BranchHit, BranchReport, Explanation, Hit, Reason, SearchResult

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False) | st.sampled_from([0.0, 1e-9, 0.1, 1e21])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
HITS = st.builds(
    Hit,
    item=st.builds(
        Item,
        id=WORDS.filter(bool),
        title=WORDS,
        tags=st.lists(WORDS, max_size=2).map(tuple),
        origin=st.sampled_from(["found", "generated"]),
        created_at=st.none() | st.integers(0, 2**31).map(float),
    ),
    score=NUMBERS,
    branches=st.dictionaries(WORDS, st.builds(BranchHit, st.integers(1, 200), NUMBERS), max_size=3),
    reasons=st.lists(st.builds(Reason, WORDS, WORDS), max_size=2).map(tuple),
    explanation=st.none() | st.builds(Explanation, WORDS, NUMBERS, NUMBERS),
)


@settings(max_examples=60, deadline=None)
@given(hits=st.lists(HITS, max_size=4).map(tuple), why=st.none() | WORDS)
def test_the_pieces_make_the_same_answer(hits: tuple[Hit, ...], why: str | None) -> None:
    """The bytes, read again, are what `result_json` holds; items told twice too."""
    reports = (BranchReport("term", "late" if why else "ok", len(hits), 0.5, why),)
    result = SearchResult("r", hits, reports, len(hits), next_cursor="c")
    told = ToldItems(3)
    for _ in range(2):
        written = found_json(frame_json(result, 1.25), result.hits, told)
        assert json.loads(written) == json.loads(json.dumps(result_json(result, 1.25, told)))


def test_a_frame_with_nothing_in_it_is_no_trap() -> None:
    """Hits alone are JSON too."""
    assert json.loads(found_json({}, [], ToldItems(1))) == {"hits": []}
