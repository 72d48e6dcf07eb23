"""Lists drafted from two pinned ones, and experiments that decide how a search is answered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.items import Item
from app.domain.search import BranchReport, SearchRequest
from app.experiments.assign import Assignment
from app.experiments.specs import BUCKETS, Arm
from app.ranking.lists import Ranked
from app.search.drafting import NOBODY, drafted, hits_at
from app.search.items import Shown
from app.search.pages import Pinned
from app.search.types import Prepared
from tests.app.experiments.made import experiment
from tests.app.search.fakes import FakeEncoder, icons, searching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.experiments.specs import Experiment


def pinned(
    ordinals: list[int], branch: str, scores: list[float], others: tuple[BranchReport, ...] = ()
) -> Pinned:
    """Return a list of one branch's hits."""
    size = len(ordinals)
    ranked = Ranked(
        names=(branch,),
        ordinals=np.array(ordinals, np.int32),
        ranks=np.arange(1, size + 1, dtype=np.int32)[None, :],
        branch_scores=np.array([scores], np.float32),
        contributions=np.array([scores]),
        exact=np.zeros(size, np.bool_),
        scores=np.array(scores),
        ends=np.array([[0.0, scores[0]]]),
    )
    reports = tuple(sorted((BranchReport(branch, "ok", size, 1.0), *others), key=lambda one: one.name))
    return Pinned(ranked, Prepared("horse"), "convex", reports, explain=True)


SKIPPED_TEXT = BranchReport("text", "skipped", 0, 0.0, "switched off by the request")
SKIPPED_TERM = BranchReport("term", "skipped", 0, 0.0, "switched off by the request")
FIRST = pinned([10, 11, 12], "term", [0.9, 0.8, 0.7], (SKIPPED_TEXT,))
SECOND = pinned([11, 13, 14, 15], "text", [0.6, 0.5, 0.4, 0.3], (SKIPPED_TERM,))
BOTH = drafted(FIRST, SECOND, lambda: True)


def test_each_place_keeps_the_numbers_of_its_own_list() -> None:
    """Picks alternate; a hit has the ranks, scores and contributions of the list that picked it."""
    assert BOTH.draft is not None
    assert BOTH.ranked.ordinals.tolist() == [10, 11, 12, 13, 14, 15]
    assert BOTH.draft.teams == (0, 1, 0)
    assert [BOTH.draft.team_of(place) for place in (0, 1, 5)] == [0, 1, NOBODY]
    assert BOTH.scores.tolist() == pytest.approx([0.9, 0.6, 0.7, 0.5, 0.4, 0.3])
    assert BOTH.ranked.names == ("term", "text")
    assert BOTH.ranked.ends.tolist() == [[0.0, 0.9], [0.0, 0.6]]
    assert BOTH.ranked.ranks.tolist() == [[1, 0, 3, 0, 0, 0], [0, 1, 0, 2, 3, 4]]
    assert BOTH.ranked.contributions.sum(axis=0).tolist() == pytest.approx(BOTH.ranked.scores.tolist())


def test_every_branch_that_either_list_heard_is_reported() -> None:
    """A branch that only the second list asked is told with what it did there."""
    assert [(one.name, one.status) for one in BOTH.reports] == [("term", "ok"), ("text", "ok")]


def test_hits_are_explained_as_in_their_own_list() -> None:
    """The explanation of a hit sums to its score, whichever list picked it; what is gone is passed over."""
    shown = [Shown(Item(f"i-{place}"), ()) if place != 2 else None for place in range(6)]
    hits = hits_at(shown[1:], 1, BOTH)
    assert [hit.item.id for hit in hits] == ["i-1", "i-3", "i-4", "i-5"]
    assert hits[0].branches.keys() == {"text"}
    for hit in hits:
        assert hit.explanation is not None
        assert sum(part.contribution for part in hit.explanation.children) == pytest.approx(hit.score)
    assert [hit.score for hit in hits_at(shown[:2], 0, FIRST)] == pytest.approx([0.9, 0.8])


def test_a_drafted_list_has_a_name_of_its_own() -> None:
    """Cursors of the draft and of the lists it came from do not mix."""
    other = drafted(FIRST, SECOND, lambda: False)
    assert len({FIRST.digest(), SECOND.digest(), BOTH.digest(), other.digest()}) == 4


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for one test."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


def test_experiments_decide_before_anything_is_planned(pool: ThreadPoolExecutor) -> None:
    """The arm's branches and its wish for a picture hold; the answer tells the arm; a draft tells both."""
    arm = Arm("words", 1.0, {"branches": {"text": {"enabled": False}}, "generate": "auto"})
    split = experiment(arms=(arm, Arm("rest", 0.0)))
    search = replace(
        searching(icons(), FakeEncoder({"icon": [1.0, 0.0, 0.0, 0.0]}), pool),
        assignment=lambda: everywhere(split),
    )
    result = asyncio.run(search.search(SearchRequest(query="icon", user="ann")))
    assert (result.experiments, result.generate) == ({"fresh": "words"}, "auto")
    assert all(set(hit.branches) == {"term"} for hit in result.hits)
    nobody = asyncio.run(search.search(SearchRequest(query="icon")))
    assert (nobody.experiments, nobody.generate) == ({}, "never")
    pair = experiment(
        kind="interleave", arms=(Arm("both"), Arm("words", 1.0, {"branches": {"text": {"enabled": False}}}))
    )
    search = replace(search, assignment=lambda: everywhere(pair))
    both = asyncio.run(search.search(SearchRequest(query="icon", user="ann", limit=3)))
    assert both.experiments == {"fresh": "interleaved"}
    owners = [frozenset(hit.branches) for hit in both.hits]
    assert set(owners) == {frozenset({"term"}), frozenset({"term", "text"})}
    rest = asyncio.run(search.search(SearchRequest(cursor=both.next_cursor)))
    assert rest.experiments == both.experiments
    assert sorted([hit.item.id for hit in (*both.hits, *rest.hits)]) == [f"icon-{i}" for i in range(6)]


def everywhere(one: Experiment) -> Assignment:
    """Return an assignment in which an experiment holds its whole layer."""
    return Assignment.of({one.name: (one, tuple(range(BUCKETS)))})
