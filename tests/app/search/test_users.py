"""A person's own page, and what is hot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import NotFound
from app.search.people import People
from app.search.users import Users
from indexes.behavior.changes import Edit, Link
from indexes.behavior.trending import Trends
from tests.app.search.crowds import NOW, WEIGHTS, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.behavior.crowd import Crowd
    from indexes.collection import Collection


def users(known: Crowd, collection: Collection) -> Users:
    """Return the use case over a crowd."""

    async def reached(_lsn: int, _timeout_s: float) -> bool:
        return True

    async def forgotten(_lsn: int) -> None:
        raise AssertionError("nobody is forgotten here")

    return Users(People(lambda: known, lambda: 0, reached, lambda: NOW), collection, forgotten)


def test_everything_known_is_told(tmp_path: Path) -> None:
    """Acts, devices, affinities, own words and what is never shown; of strangers nothing is known."""
    with shelf(tmp_path) as collection:
        known = crowd(("ann", "click", "a"), ("ann", "hide", "c"))
        known.activity.apply([Link(3, "pad", "ann"), Edit(4, "ben", {"tags": {"red": 1.0}})])
        page = users(known, collection)
        ann = asyncio.run(page.known("ann"))
        assert (ann.devices, ann.num_acts, list(ann.barred)) == (["pad"], 2, ["c"])
        assert [item for item, _, _ in ann.recent] == ["c", "a"]
        assert ann.has_taste
        ben = asyncio.run(page.known("ben"))
        assert ben.said == {"tags": {"red": 1.0}}
        assert [(one.value, one.said) for one in ben.affinities] == [("red", True)]
        with pytest.raises(NotFound):
            asyncio.run(page.known("cleo"))


def test_only_items_that_are_there_are_hot(tmp_path: Path) -> None:
    """Hot items that the collection does not hold are not told."""
    with shelf(tmp_path) as collection:
        known = crowd(("ann", "click", "a"), ("ben", "click", "gone"), ("ben", "like", "b"))
        assert users(known, collection).trending(60.0, 5) == ((), ())
        known = replace(known, trends=Trends(known.activity.record(), WEIGHTS))
        queries, items = users(known, collection).trending(60.0, 1)
        assert [one.text for one in items] == ["b"]
        assert queries == []
