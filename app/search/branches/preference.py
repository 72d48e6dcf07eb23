"""Recalls what somebody usually likes: items with the values they are drawn to, and near their taste."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from app.ranking.reasons import Note
from app.search.places import ordinals_of
from app.search.profiles import SPACE, Profiles
from indexes.forward.filters import All, In
from indexes.profile.affinities import ATTRIBUTE
from indexes.ranked import best
from models.exported import exported

if TYPE_CHECKING:
    from app.search.collection import Collection
    from app.search.profiles import Profile
    from app.search.types import Prepared
    from indexes.types import Mask, Matches

NAME: Final = "preference"
MOST_VALUES: Final = 12
OFTEN: Final = 2  # items with a value: fewer are not said to be often
CODES: Final = {"tags": "often_tag", "category": "often_category"}


@exported("branches", NAME)
class PreferenceBranch:
    """What has the tags, category and attributes that this person is drawn to, and is near their taste.

    Half of a score is the share of the profile's affinities that the item has, rare values counting
    more, the other half the cosine between its text vector and the mean of what they liked.
    """

    space: ClassVar[str | None] = None
    floor: ClassVar[float | None] = 0.0
    ceiling: ClassVar[float | None] = 1.0
    depth: ClassVar[int | None] = None
    in_memory: ClassVar[bool] = True

    def __init__(self) -> None:
        self._profiles = Profiles()

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:  # noqa: ARG002 - the protocol's
        crowd, person = prepared.crowd, prepared.person
        if crowd is None or person is None:
            return "it is not told who asks"
        said = {} if person.user is None else crowd.activity.profile(person.user)
        liked = any(weight > 0 for weight in person.seeds.values())
        return None if liked or said else "nothing is known yet of what this person likes"

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        if prepared.crowd is None or prepared.person is None:
            raise ValueError("the preference branch was fired without a person")
        profile = self._profiles.of(prepared.person, prepared.crowd, collection)
        allowed = _unseen(prepared, collection, mask)
        size = 0 if allowed is None else len(allowed)
        shares, strongest = _shares(profile, collection, size)
        cosines = _cosines(profile, collection, depth, mask, shares)
        scores = (shares + cosines) / 2 if profile.taste is not None else shares
        chosen = np.flatnonzero((scores > 0) & (False if allowed is None else allowed)).astype(np.int32)
        found = best(chosen, scores[chosen].astype(np.float32), depth)
        notes = {
            ordinal: _note(profile, int(strongest[ordinal]), float(cosines[ordinal]), float(shares[ordinal]))
            for ordinal in found.ordinals.tolist()
        }
        prepared.notes[NAME] = {ordinal: note for ordinal, note in notes.items() if note is not None}
        return found


def _unseen(prepared: Prepared, collection: Collection, mask: Mask | None) -> Mask | None:
    """Return the mask, on a front page without what the person met already: that is no news."""
    living = collection.compile(All(())) if mask is None else mask
    if living is None or prepared.person is None or not prepared.is_front_page:
        return living
    seen = ordinals_of(list(prepared.person.seeds), collection)
    left = living.copy()
    left[seen[(seen >= 0) & (seen < len(left))]] = False
    return left


def _shares(profile: Profile, collection: Collection, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each ordinal its share of the profile, (size,), and the affinity that gave most of it."""
    shares = np.zeros(size, np.float32)
    most, strongest = np.zeros(size, np.float32), np.full(size, -1, np.int32)
    total = 0.0
    for place, one in enumerate(profile.affinities[:MOST_VALUES]):
        mask = collection.compile(In(one.field, (one.value,)))
        having = np.flatnonzero(mask[:size]) if mask is not None else np.empty(0, np.intp)
        rarity = float(np.log1p(size / len(having)) / np.log1p(size)) if len(having) else 0.0
        part = one.strength * rarity
        total += max(part, 0.0)
        shares[having] += part
        better = having[most[having] < part]
        most[better], strongest[better] = part, place
    return (np.maximum(shares, 0) / total if total > 0 else shares * 0), strongest


def _cosines(
    profile: Profile, collection: Collection, depth: int, mask: Mask | None, shares: np.ndarray
) -> np.ndarray:
    """Return the cosine with the taste, (size,), of neighbours and of the best shares; 0 elsewhere."""
    cosines = np.zeros(len(shares), np.float32)
    space = collection.spaces.get(SPACE)
    if profile.taste is None or space is None:
        return cosines
    near = space.search(profile.taste, depth, mask)
    known = near.ordinals < len(cosines)
    cosines[near.ordinals[known]] = np.maximum(near.scores[known], 0)
    liked = np.flatnonzero((shares > 0) & (cosines == 0))
    for ordinal in best(liked.astype(np.int32), shares[liked], depth).ordinals.tolist():
        vector = space.vector(ordinal)
        cosines[ordinal] = 0.0 if vector is None else max(float(vector @ profile.taste), 0.0)
    return cosines


def _note(profile: Profile, strongest: int, cosine: float, share: float) -> Note | None:
    """Return what speaks for a hit: the value that gave most, or its closeness to the taste."""
    one = profile.affinities[strongest] if strongest >= 0 else None
    if one is not None and one.said:
        return Note("profile_says", quoted=(("value", one.value),))
    if one is None or one.num_with < OFTEN or cosine > share:
        return Note("taste", plain=(("similarity", f"{cosine:.2f}"),)) if cosine > 0 else None
    counts = (("num", str(one.num_with)), ("of", str(one.num_items)))
    code = CODES.get(one.field, "often_attribute")
    plain = (*counts, ("field", one.field.removeprefix(ATTRIBUTE))) if code == "often_attribute" else counts
    return Note(code, quoted=(("value", one.value),), plain=plain)
