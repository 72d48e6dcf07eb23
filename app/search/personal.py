"""Tells a ranker's features what is known of a person and each candidate, and how hot each is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.scene import PersonColumns
from app.search.people import look_up
from app.search.profiles import Profiles
from indexes.profile.affinities import values_of

if TYPE_CHECKING:
    from app.ranking.features.scene import Asked, Floats
    from app.ranking.lists import Ordinals
    from app.search.collection import Collection
    from app.search.people import People, Person
    from app.search.profiles import Profile
    from indexes.behavior.crowd import Crowd

SHOWN = frozenset({"impression"})


@dataclass(frozen=True, slots=True)
class PersonalColumns:
    """Answers `app.ranking.features.scene.PersonView` from the view of activity."""

    people: People
    collection: Collection
    profiles: Profiles = field(default_factory=Profiles)

    def columns(self, asked: Asked, ordinals: Ordinals) -> PersonColumns:
        """Return the columns of these candidates for whoever asks, as of the moment of asking."""
        crowd, person = self._known(asked)
        ids, at = self.collection.ids(ordinals.tolist()), asked.at
        heats = {one.text: one.heat for one in crowd.hot}
        trend = np.array([heats.get(item, 0.0) for item in ids]) if heats else None
        if person is None:
            return PersonColumns(trend=trend)
        profile = self.profiles.of(person, crowd, self.collection)
        clicks, shown, newest = _touched(person, crowd)
        return PersonColumns(
            affinity=self._fits(profile, ordinals),
            clicks=np.array([float(clicks.get(item, 0)) for item in ids]),
            shown=np.array([float(shown.get(item, 0)) for item in ids]),
            recency_s=np.array([max(at - newest[item], 0.0) if item in newest else np.inf for item in ids]),
            trend=trend,
        )

    def _known(self, asked: Asked) -> tuple[Crowd, Person | None]:
        """Return what was looked up when the question came, or look it up now."""
        if isinstance(asked.known, tuple):
            crowd, person = asked.known
            return crowd, person
        crowd = self.people.crowd()
        nobody = asked.user is None and asked.session is None
        return crowd, None if nobody else look_up(crowd, asked.user, None, asked.session, asked.at)

    def _fits(self, profile: Profile, ordinals: Ordinals) -> Floats:
        """Return for each candidate the sum of the affinities to its values, (n,)."""
        strengths = {(one.field, one.value): one.strength for one in profile.affinities}
        records = self.collection.records(ordinals.tolist())
        return np.array(
            [
                0.0 if record is None else sum(strengths.get(pair, 0.0) for pair in values_of(record))
                for record in records
            ]
        )


def _touched(person: Person, crowd: Crowd) -> tuple[dict[str, int], dict[str, int], dict[str, float]]:
    clicks: dict[str, int] = {}
    shown: dict[str, int] = {}
    newest: dict[str, float] = {}
    for act in person.acts:
        if act.item is None:
            continue
        if act.type in SHOWN:
            shown[act.item] = shown.get(act.item, 0) + 1
        elif crowd.weights.get(act.type, 0.0) > 0:
            clicks[act.item] = clicks.get(act.item, 0) + 1
            newest[act.item] = max(newest.get(act.item, 0.0), act.at)
    return clicks, shown, newest
