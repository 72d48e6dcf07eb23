"""Drafts one list from two pinned ones, where an experiment interleaves; each hit stays its own list's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.experiments.draft import team_draft
from app.ranking.lists import Ranked
from app.search.hits import hits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from app.domain.search import BranchReport, Hit
    from app.ranking.lists import Scores
    from app.search.items import Shown
    from app.search.pages import Pinned

    Places = npt.NDArray[np.intp]

NOBODY = -1  # whose pick a place is that comes after the draft
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Draft:
    """Where each place of a drafted list comes from.

    `owners` (n,) is 0 or 1: the list whose numbers and reasons the hit has; `places` (n,) where it stood
    there; `scores` (n,) what it scored there. `teams` is whose pick each place was, up to the draft's end.
    """

    parts: tuple[Pinned, Pinned]
    owners: npt.NDArray[np.int8]
    places: Places
    scores: Scores
    teams: tuple[int, ...]

    def team_of(self, place: int) -> int:
        """Return whose pick a place (from 0) was."""
        return self.teams[place] if place < len(self.teams) else NOBODY


def drafted(first: Pinned, second: Pinned, coin: Callable[[], bool]) -> Pinned:
    """Return the list that two lists of the same search draft by turns."""
    ordinals = (first.ranked.ordinals.tolist(), second.ranked.ordinals.tolist())
    draft = team_draft(*ordinals, coin)
    stood = tuple({ordinal: place for place, ordinal in enumerate(own)} for own in ordinals)
    rest = [0 if ordinal in stood[0] else 1 for ordinal in draft.order[len(draft.teams) :]]
    owners = np.array([*draft.teams, *rest], np.int8)
    pairs = zip(draft.order, owners.tolist(), strict=True)
    places = np.array([stood[owner][ordinal] for ordinal, owner in pairs], np.intp)
    parts = (first, second)
    scores = np.zeros(len(owners))
    for owner, part in enumerate(parts):
        scores[owners == owner] = part.scores[places[owners == owner]]
    return replace(
        first,
        ranked=_merged(parts, owners, places),
        reports=_reports(first.reports, second.reports),
        reranked=None,
        draft=Draft(parts, owners, places, scores, draft.teams),
    )


def hits_at(shown: Sequence[Shown | None], start: int, pinned: Pinned) -> list[Hit]:
    """Return the hits of these items at the list's places from `start` on; None is passed over."""
    draft = pinned.draft
    if draft is None:
        return hits_of(shown, start, pinned)
    hits: list[Hit] = []
    for place, one in enumerate(shown, start):
        hits += hits_of([one], int(draft.places[place]), draft.parts[draft.owners[place]])
    return hits


def _merged(parts: tuple[Pinned, Pinned], owners: npt.NDArray[np.int8], places: Places) -> Ranked:
    """Return each place's numbers from its own list; a branch that the list did not hear is absent."""
    names = tuple(sorted({name for part in parts for name in part.ranked.names}))
    shape = (len(names), len(owners))
    merged = Ranked(
        names=names,
        ordinals=np.zeros(shape[1], np.int32),
        ranks=np.zeros(shape, np.int32),
        branch_scores=np.zeros(shape, np.float32),
        contributions=np.zeros(shape),
        exact=np.zeros(shape[1], np.bool_),
        scores=np.zeros(shape[1]),
        ends=np.full((shape[0], 2), np.nan),
    )
    for owner, part in enumerate(parts):
        own = part.ranked.take(places[owners == owner])
        columns = np.flatnonzero(owners == owner)
        cells = np.ix_(np.array([names.index(name) for name in own.names], np.intp), columns)
        merged.ranks[cells], merged.branch_scores[cells] = own.ranks, own.branch_scores
        merged.contributions[cells] = own.contributions
        merged.ordinals[columns], merged.exact[columns] = own.ordinals, own.exact
        merged.scores[columns] = own.scores
        if len(own.ends):
            merged.ends[cells[0].ravel()] = own.ends  # of one branch in both lists, the second's
    return merged


def _reports(first: tuple[BranchReport, ...], second: tuple[BranchReport, ...]) -> tuple[BranchReport, ...]:
    """Return one report a branch: the first list's, or the second's where only that one asked it."""
    theirs = {one.name: one for one in second}
    return tuple(theirs.get(one.name, one) if one.status == SKIPPED else one for one in first)
