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
    from app.ranking.features.scene import Floats
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

    def columns(self, user: str | None, session: str | None, ordinals: Ordinals, at: float) -> PersonColumns:
        """Return the columns of these candidates for whoever asks at this moment."""
        crowd, ids = self.people.crowd(), self.collection.ids(ordinals.tolist())
        heats = {one.text: one.heat for one in crowd.hot}
        trend = np.array([heats.get(item, 0.0) for item in ids]) if heats else None
        if user is None and session is None:
            return PersonColumns(trend=trend)
        person = look_up(crowd, user, None, session, at)
        profile = self.profiles.of(person, crowd, self.collection)
        clicks, shown, newest = _touched(person, crowd)
        return PersonColumns(
            affinity=self._fits(profile, ordinals),
            clicks=np.array([float(clicks.get(item, 0)) for item in ids]),
            shown=np.array([float(shown.get(item, 0)) for item in ids]),
            recency_s=np.array([max(at - newest[item], 0.0) if item in newest else np.inf for item in ids]),
            trend=trend,
        )

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
