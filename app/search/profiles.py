"""Draws up a person's profile from what they did, what they say and what is known of the items."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from indexes.profile.affinities import affinities
from indexes.profile.taste import taste

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.search.collection import Collection
    from app.search.encoding import Vector
    from app.search.people import Person
    from indexes.behavior.crowd import Crowd
    from indexes.profile.affinities import Affinity
    from indexes.types import Record

SPACE: Final = "text"
KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person likes: affinities, the strongest first, and a unit vector in the space of texts."""

    affinities: Sequence[Affinity]
    taste: Vector | None


class Profiles:
    """Profiles of the persons seen last; one that nothing has changed since is not drawn up again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Profile] = OrderedDict()
        self._guard = Lock()  # guards _kept: branches run on threads

    def of(self, person: Person, crowd: Crowd, collection: Collection) -> Profile:
        """Return the person's profile as of now."""
        said = {} if person.user is None else crowd.activity.profile(person.user)
        newest = max((act.number for act in person.acts), default=0)
        key = (person.keys, newest, len(person.acts), repr(said), collection.lsn)
        with self._guard:
            known = self._kept.get(key)
        if known is None:
            known = draw_up(person, crowd, collection)
            with self._guard:
                self._kept[key] = known
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return known


def draw_up(person: Person, crowd: Crowd, collection: Collection) -> Profile:
    """Return the profile that a person's acts and words make."""
    said = {} if person.user is None else crowd.activity.profile(person.user)
    now = max((act.at for act in person.acts), default=0.0)
    ordinals = _ordinals(person, collection)
    records = _records(ordinals, collection)
    found = affinities(person.acts, records, crowd.weights, now, said)
    space = collection.spaces.get(SPACE)

    def vector_of(item: str) -> Vector | None:
        ordinal = ordinals.get(item)
        return None if space is None or ordinal is None else space.vector(ordinal)

    return Profile(found, taste(person.acts, vector_of, crowd.weights, now))


def _ordinals(person: Person, collection: Collection) -> dict[str, int]:
    names = {act.item for act in person.acts if act.item is not None}
    return {name: ordinal for name in names if (ordinal := collection.ordinal(name)) is not None}


def _records(ordinals: Mapping[str, int], collection: Collection) -> dict[str, Record]:
    records = collection.records(ordinals.values())
    return {name: record for name, record in zip(ordinals, records, strict=True) if record is not None}
