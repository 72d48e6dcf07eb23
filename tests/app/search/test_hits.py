"""A hit carries where it came from, why it is here, and its score taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.items import Item
from app.domain.search import BranchHit
from app.ranking.fusion import convex, find_fusion, fuse
from app.ranking.lists import BranchList
from app.search.hits import hits_of
from app.search.items import Shown
from app.search.matched import stems_of
from app.search.pages import Pinned
from app.search.types import Prepared
from indexes.text.analyzer import Analyzer
from indexes.text.query import parse_query
from indexes.types import Matches

if TYPE_CHECKING:
    from app.domain.search import Explanation, Hit

ANALYZER = Analyzer()
ITEM = Item("fox", title="Red fox")
SHOWN = Shown(ITEM, stems_of(ITEM, ANALYZER))


def hit(fusion: str, exact: tuple[int, ...] = (), *, explain: bool = True) -> Hit:
    """Make the hit of ordinal 7, second by words and first by meaning."""
    found = find_fusion(fusion)
    assert found is not None
    term = Matches(np.array([5, 7], np.int32), np.array([8, 6], np.float32))
    text = Matches(np.array([7], np.int32), np.array([0.5], np.float32))
    lists = [BranchList("term", 1.0, term, 0.0), BranchList("text", 1.0, text, 0.0, 1.0)]
    ranked = fuse(lists, found, np.array(exact, np.int32), lambda o: [str(x) for x in o])
    prepared = Prepared("red fox", terms=parse_query("red fox", ANALYZER))
    place = ranked.ordinals.tolist().index(7)
    (one,) = hits_of([None, SHOWN] if place else [SHOWN], 0, Pinned(ranked, prepared, fusion, (), explain))
    return one


def leaves(tree: Explanation) -> list[Explanation]:
    """Return the leaves of an explanation."""
    if not tree.children:
        return [tree]
    return [leaf for child in tree.children for leaf in leaves(child)]


def test_a_hit_says_which_branch_found_it_where() -> None:
    """Each branch's rank and own score stand beside the fused score."""
    one = hit("convex", explain=False)
    assert one.branches == {"term": BranchHit(2, 6.0), "text": BranchHit(1, 0.5)}
    assert one.score == pytest.approx(0.5 * 6 / 8 + 0.5 * 0.5)
    assert one.explanation is None
    assert [reason.code for reason in one.reasons] == ["title_words", "meaning"]


@pytest.mark.parametrize("fusion", ["rrf", "convex"])
@pytest.mark.parametrize("exact", [(), (7,)])
def test_leaves_sum_to_the_score(fusion: str, exact: tuple[int, ...]) -> None:
    """The explanation's leaves sum to the score, at the root and at each branch."""
    one = hit(fusion, exact)
    assert one.explanation is not None
    assert sum(leaf.contribution for leaf in leaves(one.explanation)) == pytest.approx(one.score, abs=1e-12)
    for branch in one.explanation.children:
        assert sum(leaf.contribution for leaf in leaves(branch)) == pytest.approx(branch.contribution)
    assert ("exact_title" in {child.name for child in one.explanation.children}) == bool(exact)


def test_the_explanation_names_what_the_fusion_looked_at() -> None:
    """By rank fusion the rank contributed, by score fusion the score, and both are told."""
    by_rank, by_score = hit("rrf").explanation, hit("convex").explanation
    assert by_rank is not None
    assert by_score is not None
    term = by_rank.children[0]
    assert [(leaf.name, leaf.value) for leaf in term.children] == [("rank", 2.0), ("score", 6.0)]
    assert term.children[0].contribution == pytest.approx(0.5 * 61 / 62)
    assert by_score.children[1].children[1].contribution == pytest.approx(0.25)


def test_a_branch_that_only_scored_it_is_told_as_that() -> None:
    """It adds to the score, and its similarity may be a reason, but it did not find the hit."""
    term = Matches(np.array([7], np.int32), np.array([6], np.float32))
    text = Matches(np.array([5], np.int32), np.array([0.5], np.float32))
    scored_it = BranchList("text", 1.0, text, 0.0, 1.0, lambda o: np.full(len(o), 0.25, np.float32))
    lists = [BranchList("term", 1.0, term, 0.0), scored_it]
    ranked = fuse(lists, convex, np.empty(0, np.int32), lambda o: [str(x) for x in o])
    prepared = Prepared("red fox", terms=parse_query("red fox", ANALYZER))
    (one,) = hits_of([SHOWN], 0, Pinned(ranked, prepared, "convex", (), explain=True))
    assert one.branches == {"term": BranchHit(1, 6.0)}
    assert one.score == pytest.approx(0.5 + 0.5 * 0.25)
    assert one.explanation is not None
    text_part = one.explanation.children[1]
    assert text_part.name == "text"
    assert text_part.contribution == pytest.approx(0.125)
    assert [(leaf.name, leaf.value) for leaf in text_part.children] == [("score", 0.25)]
    assert [reason.code for reason in one.reasons] == ["title_words", "meaning"]
    assert "similarity 0.25" in one.reasons[1].text
