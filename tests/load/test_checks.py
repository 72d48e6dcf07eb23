"""Tests that wrong answers are told from right ones."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.load import checks
from tests.load.checks import Body, WrongAnswer


def hit(item_id: str, score: float, **item: Any) -> Body:
    """Return a hit as the service sends it."""
    return {
        "id": item_id,
        "score": score,
        "item": {"id": item_id, **item},
        "branches": {"term": {"rank": 1, "score": 2.0}},
        "reasons": [{"code": "title", "text": "The title says so."}],
    }


def answer(*hits: Body, **fields: Any) -> Body:
    """Return a page as the service sends it."""
    branches = [{"name": "term", "status": "ok", "hits": len(hits), "took_ms": 1.0}]
    return {"hits": list(hits), "total": len(hits), "branches": branches, **fields}


def encoded(image: Image.Image) -> str:
    """Return a picture as PNG in base64."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_right_page_passes() -> None:
    """Hits in order, each once, each explained."""
    checks.page(answer(hit("a", 2.0), hit("b", 1.0)), 2)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (answer(hit("a", 1.0), hit("b", 2.0)), "order"),
        (answer(hit("a", 1.0), hit("a", 1.0)), "twice"),
        (answer(hit("a", 3.0), hit("b", 2.0), hit("c", 1.0)), "limit"),
        (answer(hit("a", 1.0), total=0), "total"),
        (answer(hit("a", 1.0) | {"reasons": []}), "no reason"),
        (answer(hit("a", 1.0) | {"branches": {"term": {"rank": 0, "score": 1.0}}}), "a rank below 1"),
        (answer(branches=[{"name": "term", "status": "failed", "why": "disk"}]), "disk"),
    ],
)
def test_a_wrong_page_is_told(body: Body, says: str) -> None:
    """Each way in which a page can be wrong is said."""
    with pytest.raises(WrongAnswer, match=says):
        checks.page(body, 2)


def test_an_exact_title_needs_no_branch() -> None:
    """An item that is called what was typed is there even where no branch went deep enough."""
    checks.page(answer(hit("a", 1.0) | {"branches": {}}), 2)


def test_words_are_looked_for_in_titles_and_tags() -> None:
    """A hit is called by its title or a tag, whatever their case."""
    checks.found(answer(hit("a", 1.0, title="Coffee Cup")), "cup")
    checks.found(answer(hit("a", 1.0, title="Mug", tags=["Cup"])), "cup")
    with pytest.raises(WrongAnswer, match="called 'cup'"):
        checks.found(answer(hit("a", 1.0, title="Mug")), "cup")


def test_a_stray_of_another_category_is_told() -> None:
    """A filter that leaks is a failure that names the item."""
    checks.filtered(answer(hit("a", 1.0, category="x")), "x")
    with pytest.raises(WrongAnswer, match="'b'"):
        checks.filtered(answer(hit("a", 2.0, category="x"), hit("b", 1.0, category="y")), "x")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([], "no values"),
        ([{"value": "x", "count": 1}, {"value": "x", "count": 1}], "twice"),
        ([{"value": "x", "count": 0}], "0 times"),
        ([{"value": "x", "count": 3}], "3 values"),
    ],
)
def test_wrong_facets_are_told(values: list[Body], says: str) -> None:
    """A facet is made of distinct values, counted no more than the total."""
    with pytest.raises(WrongAnswer, match=says):
        checks.facets(answer(hit("a", 1.0), total=2, facets={"category": values}), "category")


def test_pages_that_overlap_or_rise_are_told() -> None:
    """The next page begins where the last one ended."""
    checks.continues([answer(hit("a", 2.0)), answer(hit("b", 1.0))])
    with pytest.raises(WrongAnswer, match="two pages"):
        checks.continues([answer(hit("a", 2.0)), answer(hit("a", 2.0))])
    with pytest.raises(WrongAnswer, match="better"):
        checks.continues([answer(hit("a", 1.0)), answer(hit("b", 2.0))])


def test_an_item_that_is_like_itself_is_told() -> None:
    """What is like an item is another one."""
    checks.unlike_itself(answer(hit("b", 1.0)), "a")
    with pytest.raises(WrongAnswer, match="like itself"):
        checks.unlike_itself(answer(hit("a", 1.0)), "a")


def test_pictures_are_decoded() -> None:
    """A drawing passes; a flat colour and bytes that are none do not."""
    drawing = Image.linear_gradient("L")
    checks.picture(encoded(drawing))
    with pytest.raises(WrongAnswer, match="flat"):
        checks.picture(encoded(Image.new("RGB", (8, 8), "red")))
    with pytest.raises(WrongAnswer, match="not a picture"):
        checks.picture(base64.b64encode(b"no picture").decode())


def test_what_was_written_is_told_from_what_was_not() -> None:
    """First, gone and recorded mean what they say."""
    body = answer(hit("a", 2.0), hit("b", 1.0))
    checks.first_is(body, "a")
    checks.lacks(body, "c")
    checks.recorded({"recorded": 1}, 1)
    with pytest.raises(WrongAnswer, match="a leads"):
        checks.first_is(body, "b")
    with pytest.raises(WrongAnswer, match="still found"):
        checks.lacks(body, "b")
    with pytest.raises(WrongAnswer, match="recorded 1"):
        checks.recorded({"recorded": 1}, 0)


def test_completions_are_few_distinct_and_hold_the_whole_word() -> None:
    """A word completes to itself or to a longer title; too many, twice the same and none are told."""
    body = {"suggestions": [{"text": "Moon", "kind": "title"}, {"text": "moon full", "kind": "title"}]}
    checks.suggestions(body, 2)
    checks.completes(body, "moon")
    with pytest.raises(WrongAnswer, match="2 suggestions"):
        checks.suggestions(body, 1)
    with pytest.raises(WrongAnswer, match="twice"):
        checks.suggestions({"suggestions": [{"text": "moon"}, {"text": "moon"}]}, 2)
    with pytest.raises(WrongAnswer, match="'sun'"):
        checks.completes(body, "sun")
