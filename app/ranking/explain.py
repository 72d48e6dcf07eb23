"""Takes a ranker's score apart: what each feature gave, and what of that the branches gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from app.domain.search import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.ranking.features.listing import FeatureMatrix
    from app.ranking.predict import Scores
    from app.ranking.stage import Reranked

# Features that speak of one reason, beside those that begin with a branch's name.
REASONS: Final[Mapping[str, str]] = {
    "exact_title": "term",
    "title_coverage": "term",
    "title_overlap": "term",
    "tag_coverage": "term",
    "text_coverage": "term",
    "item_popularity": "popularity",
    "item_age_days": "freshness",
    "item_freshness": "freshness",
    "item_distance_km": "region",
    "trend_score": "trending",
    "user_affinity": "preference",
    "user_clicks": "chosen_before",
    "user_recency": "chosen_before",
}
BESIDE_BRANCHES: Final = frozenset({"popularity", "freshness", "chosen_before"})
ENDINGS: Final = ("_score", "_rank", "_found")
FUSED: Final = ("fused_score", "fused_share", "fused_rank", "num_branches")


@dataclass(frozen=True, slots=True)
class Attributed:
    """What a model gave k hits: contributions (k, f + 1), the last column what it says of nothing."""

    names: tuple[str, ...]
    values: FeatureMatrix
    contributions: Scores
    lift: float

    def tree(
        self, row: int, title: str, score: float, shares: Mapping[str, float], *, exact: bool
    ) -> Explanation:
        """Return the tree of one hit's score; its leaves sum to it.

        What the fused numbers gave is shared among the branches as the fusion did: `shares` by branch.
        """
        given = self.contributions[row]
        parts = [Explanation("base", float(given[-1]))]
        if exact:
            parts.append(Explanation("exact_title_first", self.lift))
        for place in np.argsort(-np.abs(given[:-1]), kind="stable"):
            if given[place]:
                value = float(self.values[row, place])
                parts.append(_feature(self.names[place], float(given[place]), value, shares))
        return Explanation(title, score, score, tuple(parts))

    def reasons(self, row: int, shares: Mapping[str, float]) -> dict[str, float]:
        """Return what moved the hit up, by what reasons can speak of: branches, and a few beside them."""
        told: dict[str, float] = {}
        for name, given in zip(self.names, self.contributions[row].tolist(), strict=False):
            if name in FUSED:
                for branch, part in _shared(given, shares).items():
                    told[branch] = told.get(branch, 0.0) + part
            elif given and (reason := _reason_of(name)) is not None:
                told[reason] = told.get(reason, 0.0) + given
        return {name: given for name, given in told.items() if given > 0}


def attribute(reranked: Reranked, start: int, end: int) -> Attributed | None:
    """Return what the model gave the hits from `start` up to `end`, None where no model ordered them."""
    model, features = reranked.model, reranked.features
    if model is None or features is None:
        return None
    values = model.inputs(features[start:end])
    return Attributed(model.names, values, model.predictor.contributions(values), reranked.lift)


def _feature(name: str, given: float, value: float, shares: Mapping[str, float]) -> Explanation:
    if name not in FUSED or not any(shares.values()):
        return Explanation(name, given, value)
    parts = [Explanation(branch, part) for branch, part in _shared(given, shares).items()]
    return Explanation(name, given, value, tuple(parts))


def _shared(given: float, shares: Mapping[str, float]) -> dict[str, float]:
    """Return a contribution shared among branches in proportion to what they gave the fusion."""
    total = sum(shares.values())
    return {name: given * share / total for name, share in shares.items()} if total else {}


def _reason_of(name: str) -> str | None:
    for ending in ENDINGS:
        if name.endswith(ending) and name not in REASONS:
            return name.removesuffix(ending)
    return REASONS.get(name)


def leaves(tree: Explanation) -> Sequence[Explanation]:
    """Return the nodes of a tree that have no children."""
    return [tree] if not tree.children else [leaf for child in tree.children for leaf in leaves(child)]
