"""Lists drafted from two pinned ones."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.items import Item
from app.domain.search import BranchReport
from app.ranking.lists import Ranked
from app.search.drafting import NOBODY, drafted, hits_at
from app.search.items import Shown
from app.search.pages import Pinned
from app.search.types import Prepared


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
