"""Who asks, and what must not be shown to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from app.domain.search import SearchRequest
from app.search.people import CATCH_UP_S, People, bar, shown_still
from app.search.types import Prepared
from indexes.behavior.changes import Act
from tests.app.search.crowds import NOW, asking, crowd
from tests.app.search.fakes import icons

if TYPE_CHECKING:
    from indexes.behavior.crowd import Crowd


def know(known: Crowd, request: SearchRequest, waits: list[tuple[int, float]]) -> Prepared:
    """Return what a search knows of who asks, and note what it waited for."""

    async def reached(lsn: int, timeout_s: float) -> bool:
        waits.append((lsn, timeout_s))
        return True

    people = People(lambda: known, lambda: 7, reached, lambda: NOW)
    return asyncio.run(people.know(request, Prepared()))


def test_a_person_is_looked_up_once_what_was_acknowledged_counts() -> None:
    """A search that names somebody waits for the acts that were acknowledged before it; another does not."""
    known, waits = crowd(("ann", "click", "icon-1")), list[tuple[int, float]]()
    nobody = know(known, SearchRequest(), waits)
    assert (nobody.person, nobody.crowd, waits) == (None, known, [])
    found = know(known, SearchRequest(user="ann"), waits).person
    assert waits == [(7, CATCH_UP_S)]
    assert found is not None
    assert found.seeds == {"icon-1": 1.0}
    assert (found.user, found.keys) == ("ann", ("u:ann",))


def test_a_session_adds_its_acts_to_the_users() -> None:
    """What happened in the session counts beside the user's own, each act once."""
    known, waits = crowd(("ann", "click", "x")), list[tuple[int, float]]()
    known.activity.apply([Act(2, NOW, "click", None, None, "s", "y", None)])
    known.activity.apply([Act(3, NOW, "click", "ann", None, "s", "z", None)])
    found = know(known, SearchRequest(user="ann", session="s"), waits).person
    assert found is not None
    assert [act.item for act in found.acts] == ["z", "y", "x"]


def test_hidden_and_owned_items_are_masked() -> None:
    """The mask loses them, be there a filter or not; without any it stays what it was."""
    collection = icons(4)
    prepared = asking(crowd(("ann", "hide", "icon-1"), ("ann", "purchase", "icon-9")), "ann")
    mask = bar(None, prepared, collection)
    assert mask is not None
    assert mask.tolist() == [True, False, True, True]
    filtered = np.array([True, True, False, False])
    assert bar(filtered, prepared, collection).tolist() == [True, False, False, False]  # type: ignore[union-attr]  # a mask
    assert filtered.tolist() == [True, True, False, False]
    assert bar(None, Prepared(), collection) is None


def test_a_later_page_knows_what_was_hidden_since() -> None:
    """Records hidden after the list was made are passed over; the rest stays in its place."""
    known = crowd(("ann", "click", "icon-0"))
    prepared, records = asking(known, "ann"), icons(2).records((0, 1))
    assert shown_still(records, prepared) == records
    known.activity.apply([Act(2, NOW, "hide", "ann", None, None, "icon-0", None)])
    assert shown_still(records, prepared) == [None, records[1]]
    assert shown_still(records, Prepared()) is records
