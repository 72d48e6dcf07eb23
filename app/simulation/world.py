"""Holds the truth of a simulated world: how much each thing is what a person wants just now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from app.simulation.people import Person
    from app.simulation.things import Thing

    Floats = npt.NDArray[np.float64]

RELATED = 0.45  # how much a thing that only shares words with the wanted one can be wanted
PLAIN = 0.35  # how much each further word in a title tells of a variant that fewer want
TASTE = 2.5  # how much tastes decide between things that show the same
APPEAL = 0.6  # how far the appeal of things differs: its logarithm is exponential with this mean
ZIPF = 0.9  # how unequally things are asked for


@dataclass(frozen=True, slots=True)
class World:
    """Things with their appeal (n,) in (0, 1], who wants what, and what is asked for how often (n,)."""

    things: Sequence[Thing]
    places: dict[str, int]
    by_word: dict[str, npt.NDArray[np.intp]]
    appeal: Floats
    demand: Floats

    @classmethod
    def make(cls, things: Sequence[Thing], seed: int) -> World:
        """Return the world of these things; what is in demand and what appeals is drawn from the seed."""
        rng = np.random.default_rng([seed, 1])
        by_word: dict[str, list[int]] = defaultdict(list)
        for place, thing in enumerate(things):
            for word in set(thing.words):
                by_word[word].append(place)
        ranks = 1.0 + rng.permutation(len(things))
        demand = ranks**-ZIPF
        return cls(
            things,
            {thing.id: place for place, thing in enumerate(things)},
            {word: np.array(places, np.intp) for word, places in by_word.items()},
            np.exp(-rng.exponential(APPEAL, len(things))),
            demand / demand.sum(),
        )

    def relevance(self, person: Person, wanted: int) -> Floats:
        """Return how much each thing is wanted by someone who looks for thing `wanted`, (n,) in [0, 1].

        What it shows, times how the person likes its style, how plain it is, and its own appeal.
        """
        target = self.things[wanted]
        told = np.zeros(len(self.things))
        words = set(target.words)
        related = np.unique(np.concatenate([self.by_word[word] for word in words]))
        for place in related.tolist():
            thing = self.things[place]
            shared = len(words & set(thing.words)) / len(words | set(thing.words))
            topical = 1.0 if thing.concept == target.concept else RELATED * shared
            liking = sum(person.tastes.get(style, 0.0) for style in thing.styles)
            taste = 1 / (1 + np.exp(-TASTE * liking))
            told[place] = topical * taste / (1 + PLAIN * (len(thing.words) - 1))
        return told * self.appeal

    def gains(self, truth: Floats, ids: Sequence[str]) -> Floats:
        """Return the truth of a list of ids, 0 for things this world does not know."""
        return np.array([truth[self.places[one]] if one in self.places else 0.0 for one in ids])


def ndcg(gains: Floats, truth: Floats, depth: int = 10) -> float:
    """Return the discounted gain of a list over that of the best list there could be, 0 to 1."""
    best = np.sort(truth)[::-1][:depth]
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = float(best @ discounts[: len(best)])
    return float(gains[:depth] @ discounts[: len(gains[:depth])]) / ideal if ideal else 0.0
