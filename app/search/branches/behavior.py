"""Recalls what goes with what somebody did, by what everybody did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from app.ranking.reasons import Note
from app.search.places import Places, allowed, ordinals_of
from indexes.ranked import best
from models.exported import exported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

NAME: Final = "behavior"
SPACE: Final = "text"
ALIKE_SEEDS = 3  # seeds whose own neighbours in meaning stand in where nobody linked anything
ALIKE_DEPTH = 20
ALIKE_SHARE = 0.3  # of a link's strength


@exported("branches", NAME)
class BehaviorBranch:
    """What is linked to what this person did lately and ever, or to the item to be like, by all histories.

    Links are walks over who met what (RP3beta), people alike and a low-pass filter (GF-CF), learnt in the
    background; what happened since counts at once. What is linked to nothing yet is stood in for by meaning.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = None
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._places = Places(clock)

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        if prepared.crowd is None:
            return "nobody's actions are followed here"
        if not asked_with(collection, prepared):
            return "nothing is known yet of what this person did"
        return None

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        crowd = prepared.crowd
        if crowd is None:
            raise ValueError("the behavior branch was fired without anybody's actions")
        asked = asked_with(collection, prepared)
        learnt = self._places.ordinals(crowd.knowledge.items, collection)
        may = allowed(learnt, collection, mask).astype(np.float32)
        found = crowd.knowledge.recommend(crowd.activity, asked, crowd.weights, may)
        scores: dict[int, float] = {}
        because: dict[int, str] = {}
        ordinals = ordinals_of(found.items, collection)
        passed = allowed(ordinals, collection, mask)
        for place in np.flatnonzero(passed).tolist():
            scores[int(ordinals[place])] = float(found.scores[place])
            seed = found.because[place]
            if seed is not None:
                because[int(ordinals[place])] = seed
        code = "because_opened" if prepared.like is None else "opened_together"
        notes = _notes(because, code, collection)
        if len(scores) < depth:
            notes = _add_alike(scores, asked, collection, mask) | notes
        prepared.notes[NAME] = notes
        whole = np.fromiter(scores, np.int32, len(scores))
        return best(whole, np.fromiter(scores.values(), np.float32, len(scores)), depth)


def asked_with(collection: Collection, prepared: Prepared) -> Mapping[str, float]:
    """Return the items to go by, with their weights: the one to be like, or those of the person."""
    if prepared.like is not None:
        return dict.fromkeys(collection.ids((prepared.like.ordinal,)), 1.0)
    return {} if prepared.person is None else prepared.person.seeds


def _add_alike(
    scores: dict[int, float], asked: Mapping[str, float], collection: Collection, mask: Mask | None
) -> dict[int, Note]:
    """Add what means nearly the same as the strongest seeds, and return the notes of what was added."""
    space = collection.spaces.get(SPACE)
    seeds = sorted((pair for pair in asked.items() if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))
    own = {collection.ordinal(name) for name in asked}
    because: dict[int, str] = {}
    added: dict[int, float] = {}
    for name, weight in seeds[:ALIKE_SEEDS]:
        ordinal = collection.ordinal(name)
        vector = None if space is None or ordinal is None else space.vector(ordinal)
        if space is None or vector is None:
            continue
        near = space.search(vector, ALIKE_DEPTH, mask)
        for other, score in zip(near.ordinals.tolist(), near.scores.tolist(), strict=True):
            value = ALIKE_SHARE * weight * score
            if other not in own and other not in scores and value > added.get(other, 0.0):
                added[other], because[other] = value, name
    scores.update(added)
    return _notes(because, "like_opened", collection)


def _notes(because: Mapping[int, str], code: str, collection: Collection) -> dict[int, Note]:
    titles: dict[str, str] = {}
    for name in set(because.values()):
        ordinal = collection.ordinal(name)
        record = None if ordinal is None else collection.records((ordinal,))[0]
        titles[name] = name if record is None else record.title or name
    return {ordinal: Note(code, quoted=(("item", titles[name]),)) for ordinal, name in because.items()}
