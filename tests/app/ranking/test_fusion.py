"""Fusion is fair, exact, repeatable, and its contributions are the score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ranking.fusion import EXACT_TITLE, convex, find_fusion, fuse, rrf
from app.ranking.lists import BranchList
from indexes.types import Matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.ranking.fusion import Fusion
    from app.ranking.lists import BranchScores, Ordinals, Ranked

NOBODY = np.empty(0, np.int32)
FUSIONS = [rrf, convex]
THOROUGH = settings(max_examples=50, deadline=None)  # machines under load take their time


def ids(ordinals: Iterable[int]) -> list[str]:
    """Give ids whose string order is not the order of ordinals: 10 stands before 9."""
    return [str(ordinal) for ordinal in ordinals]


def branch(name: str, hits: dict[int, float], weight: float = 1.0, floor: float | None = None) -> BranchList:
    """Make a list of these (ordinal, score) pairs, best first."""
    ordered = sorted(hits.items(), key=lambda pair: (-np.float32(pair[1]), pair[0]))
    ordinals = np.array([ordinal for ordinal, _ in ordered], np.int32)
    return BranchList(name, weight, Matches(ordinals, np.array([s for _, s in ordered], np.float32)), floor)


@st.composite
def branch_lists(draw: st.DrawFn) -> list[BranchList]:
    """Draw one to four branches over few ordinals, so that they overlap and tie."""
    hits = st.dictionaries(st.integers(0, 30), st.integers(-8, 40).map(lambda n: n / 4), max_size=12)
    weight = st.sampled_from([0.1, 0.5, 1.0, 3.0])
    names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
    floors = st.sampled_from([None, 0.0])
    return [branch(name, draw(hits), draw(weight), draw(floors)) for name in names]


def same(left: Ranked, right: Ranked) -> bool:
    """Compare two ranked lists bit by bit."""
    pairs = zip(left.arrays, right.arrays, strict=True)
    return left.names == right.names and all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("fusion", FUSIONS)
@THOROUGH
@given(lists=branch_lists(), data=st.data())
def test_order_of_branches_changes_nothing(
    fusion: Fusion, lists: list[BranchList], data: st.DataObject
) -> None:
    """Whatever order the branches come in, the ranked list is the same to the bit."""
    shuffled = data.draw(st.permutations(lists))
    assert same(fuse(lists, fusion, NOBODY, ids), fuse(shuffled, fusion, NOBODY, ids))


@pytest.mark.parametrize("fusion", FUSIONS)
@THOROUGH
@given(lists=branch_lists(), exact=st.sets(st.integers(0, 35), max_size=3))
def test_contributions_sum_to_the_score(fusion: Fusion, lists: list[BranchList], exact: set[int]) -> None:
    """Every score is the sum of its contributions and of the exact title's, and lies in its range."""
    ranked = fuse(lists, fusion, np.array(sorted(exact), np.int32), ids)
    sums = ranked.contributions.sum(axis=0) + np.where(ranked.exact, EXACT_TITLE, 0)
    np.testing.assert_allclose(sums, ranked.scores, rtol=0, atol=1e-12)
    assert (ranked.contributions >= 0).all()
    assert (ranked.scores - ranked.exact <= 1 + 1e-12).all()


@pytest.mark.parametrize("fusion", FUSIONS)
@THOROUGH
@given(lists=branch_lists(), exact=st.sets(st.integers(0, 35), max_size=3))
def test_every_candidate_once_and_best_first(
    fusion: Fusion, lists: list[BranchList], exact: set[int]
) -> None:
    """The list holds the union of all branches and the exact titles, each once, best first, ties by id."""
    ranked = fuse(lists, fusion, np.array(sorted(exact), np.int32), ids)
    union = exact.union(*(one.matches.ordinals.tolist() for one in lists))
    assert sorted(ranked.ordinals.tolist()) == sorted(union)
    rows = zip(~ranked.exact, -ranked.scores, ids(ranked.ordinals), strict=True)
    keys = [(bool(first), float(score), name) for first, score, name in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize("fusion", FUSIONS)
@THOROUGH
@given(lists=branch_lists(), extra=branch_lists())
def test_weight_zero_is_absence(fusion: Fusion, lists: list[BranchList], extra: list[BranchList]) -> None:
    """A branch of weight 0 leaves no trace."""
    silent = [BranchList(f"silent {one.name}", 0.0, one.matches, one.floor) for one in extra]
    assert same(fuse(lists, fusion, NOBODY, ids), fuse([*silent, *lists], fusion, NOBODY, ids))


@pytest.mark.parametrize("fusion", FUSIONS)
@THOROUGH
@given(lists=branch_lists())
def test_better_in_every_branch_is_better(fusion: Fusion, lists: list[BranchList]) -> None:
    """A hit that no branch puts below another, and some branch puts above it, is never below it."""
    ranked = fuse(lists, fusion, NOBODY, ids)
    ranks = np.where(ranked.ranks == 0, np.iinfo(np.int32).max, ranked.ranks)
    for lower in range(len(ranked)):
        for upper in range(lower):
            worse = (ranks[:, upper] >= ranks[:, lower]).all() and (ranks[:, upper] > ranks[:, lower]).any()
            assert not worse or ranked.scores[upper] == pytest.approx(ranked.scores[lower], abs=1e-12)


@THOROUGH
@given(lists=branch_lists(), factor=st.sampled_from([2.0, 8.0]))
def test_only_proportions_of_weights_count(lists: list[BranchList], factor: float) -> None:
    """Doubling every weight changes nothing."""
    louder = [BranchList(one.name, one.weight * factor, one.matches, one.floor) for one in lists]
    assert same(fuse(lists, convex, NOBODY, ids), fuse(louder, convex, NOBODY, ids))


def test_rrf_is_the_published_formula_rescaled() -> None:
    """Scores of reciprocal rank fusion are weight / (60 + rank) summed, times a constant."""
    lists = [branch("term", {1: 9, 2: 8}), branch("text", {2: 0.9, 3: 0.1}, weight=3)]
    ranked = fuse(lists, rrf, NOBODY, ids)
    by_ordinal = dict(zip(ranked.ordinals.tolist(), ranked.scores.tolist(), strict=True))
    published = {1: 1 / 61, 2: 1 / 62 + 3 / 61, 3: 3 / 62}
    assert by_ordinal == pytest.approx({ordinal: score * 61 / 4 for ordinal, score in published.items()})


def test_convex_scales_between_floor_and_ceiling() -> None:
    """A convex score maps each branch's scale to 0..1: given ends where it has them, else its own."""
    term = branch("term", {1: 8, 2: 4}, floor=0.0)
    text = BranchList(
        "text", 1.0, Matches(np.array([2, 3], np.int32), np.array([0.6, 0.2], np.float32)), 0.0, 1.0
    )
    ranked = fuse([term, text], convex, NOBODY, ids)
    by_ordinal = dict(zip(ranked.ordinals.tolist(), ranked.scores.tolist(), strict=True))
    assert by_ordinal == pytest.approx({1: 0.5, 2: 0.25 + 0.3, 3: 0.1}, abs=1e-7)


def test_convex_with_one_score_for_all_gives_each_the_whole_weight() -> None:
    """Where a branch cannot tell its hits apart, and has no scale, all of them are its best."""
    ranked = fuse([branch("term", {1: 7, 2: 7})], convex, NOBODY, ids)
    assert ranked.scores.tolist() == [1.0, 1.0]


def test_ties_go_by_id_in_string_order() -> None:
    """Equal scores are ordered by the caller's id, not by the ordinal."""
    lists = [branch("term", {9: 5}), branch("text", {10: 5})]
    assert fuse(lists, rrf, NOBODY, ids).ordinals.tolist() == [10, 9]


def test_exact_titles_come_first_in_fused_order() -> None:
    """Exact titles stand before everything, among themselves by score, unrecalled ones last of them."""
    lists = [branch("term", {1: 9, 2: 8, 3: 7}), branch("text", {1: 9, 2: 8, 3: 7})]
    ranked = fuse(lists, rrf, np.array([3, 2, 5], np.int32), ids)
    assert ranked.ordinals.tolist() == [2, 3, 5, 1]
    assert ranked.exact.tolist() == [True, True, True, False]
    assert ranked.scores[2] == EXACT_TITLE


def test_nothing_recalled_is_an_empty_list() -> None:
    """Without branches, and with branches that found nothing, the list is empty."""
    nothing: Sequence[Sequence[BranchList]] = [[], [branch("term", {}), branch("text", {})]]
    for lists in nothing:
        for fusion in FUSIONS:
            assert len(fuse(lists, fusion, NOBODY, ids)) == 0


def test_fusions_are_found_by_name() -> None:
    """A fusion is found under its public name; an unknown name finds none."""
    assert find_fusion("rrf") is rrf
    assert find_fusion("convex") is convex
    assert find_fusion("average") is None


def completing(one: BranchList, scores: dict[int, float]) -> BranchList:
    """Let a branch score these ordinals too, and no others."""
    return replace(
        one, complete=lambda wanted: np.array([scores.get(o, np.nan) for o in wanted.tolist()], np.float32)
    )


def test_what_a_branch_did_not_recall_it_may_still_score() -> None:
    """The completed score counts like a recalled one; without one nothing is given; ranks are recall's."""
    term = branch("term", {1: 8, 2: 6, 3: 4}, floor=0.0)
    text = BranchList("text", 1.0, Matches(np.array([3], np.int32), np.array([0.9], np.float32)), 0.0, 1.0)
    ranked = fuse([term, completing(text, {1: 0.5, 3: 0.1})], convex, NOBODY, ids)
    scores = dict(zip(ranked.ordinals.tolist(), ranked.scores.tolist(), strict=True))
    assert scores == pytest.approx({1: 0.5 + 0.25, 2: 0.375, 3: 0.25 + 0.45})
    assert ranked.ordinals.tolist() == [1, 3, 2]
    assert ranked.ranks.tolist() == [[1, 3, 2], [0, 1, 0]]
    assert ranked.branch_scores[1].tolist() == pytest.approx([0.5, 0.9, 0.0])
    assert ranked.contributions[1].tolist() == pytest.approx([0.25, 0.45, 0.0])


def test_only_the_missing_are_asked_for() -> None:
    """A branch is asked for exactly what it did not recall, exact titles among it."""
    asked: list[int] = []

    def score(wanted: Ordinals) -> BranchScores:
        asked.extend(wanted.tolist())
        return np.zeros(len(wanted), np.float32)

    text = replace(branch("text", {1: 0.9, 4: 0.5}, floor=0.0), complete=score)
    fuse([branch("term", {1: 8, 2: 6}), text], convex, np.array([9], np.int32), ids)
    assert asked == [2, 9]


@THOROUGH
@given(lists=branch_lists(), told=st.dictionaries(st.integers(0, 35), st.integers(-8, 40).map(float)))
def test_completed_scores_keep_contributions_in_range(
    lists: list[BranchList], told: dict[int, float]
) -> None:
    """With completed scores below, within and above a branch's scale, contributions still sum to scores."""
    ranked = fuse([completing(one, told) for one in lists], convex, NOBODY, ids)
    np.testing.assert_allclose(ranked.contributions.sum(axis=0), ranked.scores, rtol=0, atol=1e-12)
    assert (ranked.contributions >= 0).all()
    assert (ranked.scores <= 1 + 1e-12).all()
