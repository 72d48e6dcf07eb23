"""Features of recall and fusion: which branch found the candidate, where, and how sure it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from app.ranking.features.definition import feature
from app.ranking.fusion import RRF_K

if TYPE_CHECKING:
    from app.ranking.features.definition import Column, Compute
    from app.ranking.features.scene import Scene

# Every branch that a build may have; one that did not answer leaves its columns at nothing.
BRANCHES: Final = (
    "around",
    "behavior",
    "browse",
    "generate",
    "image",
    "preference",
    "region",
    "term",
    "text",
    "trending",
)


def score_of(branch: str) -> Compute:
    """Return the function that reads a branch's scores."""

    def compute(scene: Scene) -> Column:
        row = scene.branch_row(branch)
        return 0.0 if row is None else scene.ranked.branch_scores[row]

    compute.__doc__ = f"Score of the branch {branch}, 0 where it did not find the item."
    return compute


def rank_of(branch: str) -> Compute:
    """Return the function that reads a branch's ranks."""

    def compute(scene: Scene) -> Column:
        row = scene.branch_row(branch)
        if row is None:
            return 0.0
        ranks = scene.ranked.ranks[row]
        return np.where(ranks > 0, (RRF_K + 1) / (RRF_K + ranks), 0.0)

    compute.__doc__ = f"Place in the list of the branch {branch}: 1 for the first, falling, 0 where absent."
    return compute


def presence_of(branch: str) -> Compute:
    """Return the function that tells whom a branch found."""

    def compute(scene: Scene) -> Column:
        row = scene.branch_row(branch)
        return 0.0 if row is None else scene.ranked.ranks[row] > 0

    compute.__doc__ = f"Whether the branch {branch} found the item."
    return compute


for _branch in BRANCHES:
    feature(f"{_branch}_score", "branch")(score_of(_branch))
    feature(f"{_branch}_rank", "branch", kind="share")(rank_of(_branch))
    feature(f"{_branch}_found", "branch", kind="flag")(presence_of(_branch))


@feature("num_branches", "branch", kind="count")
def num_branches(scene: Scene) -> Column:
    """How many branches found the item."""
    return np.asarray((scene.ranked.ranks > 0).sum(axis=0), np.float64)


@feature("fused_score", "fusion", cost="free")
def fused_score(scene: Scene) -> Column:
    """Score of the fused list."""
    return scene.ranked.scores


@feature("fused_share", "fusion", kind="share", cost="free")
def fused_share(scene: Scene) -> Column:
    """Score of the fused list as a share of the best candidate's."""
    scores = scene.ranked.scores
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else 0.0


@feature("fused_rank", "fusion", kind="share", cost="free")
def fused_rank(scene: Scene) -> Column:
    """Place in the fused list: 1 for the first, falling."""
    return (RRF_K + 1) / (RRF_K + np.arange(1, scene.num_rows + 1))
