"""A model is shown the nearest found pictures, or those that are named, and never what was made here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.generate.encoded import Encoded
from app.generate.neighbours import Neighbourhood
from app.generate.prime import Near as Neighbour
from tests.app.generate.studio import FakeEngine
from tests.app.generate.test_prime import KEPT, PICTURE, Near, Shelf, found, made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.items import Item


def ask(items: Sequence[Item], near: Near, named: Sequence[str] = (), engine: Any = None) -> Any:
    """Ask what is shown beside a prompt."""
    shelf = Shelf(items, [PICTURE, KEPT])
    target = Neighbourhood(near, shelf, Encoded(shelf))

    async def scenario() -> Any:
        return await target.shown("a horse, red", named, engine or FakeEngine())

    return asyncio.run(scenario())


def test_the_nearest_found_pictures_are_shown() -> None:
    """Most similar first, of equals by id; what this model made and what has no picture is passed over."""
    items = [found("c"), found("b"), found("a"), made("m"), found("bare", picture=None)]
    cosines = {"m": 1.0, "bare": 0.99, "c": 0.8, "b": 0.9, "a": 0.9}
    near = Near([Neighbour(name, cosine) for name, cosine in cosines.items()])
    shown, blobs = ask(items, near)
    assert [(one.item, one.similarity) for one in shown] == [("a", 0.9), ("b", 0.9)]
    assert [one.digest for one in shown] == [blob.digest for blob in blobs]
    assert near.asked == [("a horse", "a horse")]


def test_what_is_too_far_is_not_shown_and_a_search_that_fails_costs_nothing() -> None:
    """Below the least similarity, without an encoder, or to a model that is shown nothing: nothing."""

    class Blind(FakeEngine):
        neighbours = 0

    assert ask([found("a")], Near([Neighbour("a", 0.3)])) == ((), ())
    assert ask([found("a")], Near([], Unavailable("no encoder"))) == ((), ())
    assert ask([found("a")], Near([Neighbour("a", 0.9)]), engine=Blind()) == ((), ())


def test_named_items_are_shown_as_they_are_named() -> None:
    """In their order, whoever made them; one that is not there, has no picture or is too many is refused."""
    items = [found("a"), made("m"), found("bare", picture=None)]
    shown, blobs = ask(items, Near([]), ["m", "a"])
    assert [one.item for one in shown] == ["m", "a"]
    assert len(blobs) == 2
    for named, field in ((["a", "x"], "neighbours.1"), (["bare"], "neighbours.0"), (["a"] * 3, "neighbours")):
        with pytest.raises(InvalidInput) as caught:
            ask(items, Near([]), named)
        assert caught.value.field == field
