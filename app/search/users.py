"""The use case of a person's own page: what is known of them, what is hot, and being forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.errors import NotFound
from app.search.people import look_up
from app.search.profiles import draw_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from app.search.collection import Collection
    from app.search.people import People
    from indexes.behavior.trending import Hot
    from indexes.profile.affinities import Affinity

RECENT = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a user; `said` is their own words, `recent` items are told newest first."""

    user: str
    devices: Sequence[str]
    num_acts: int
    affinities: Sequence[Affinity]
    has_taste: bool
    recent: Sequence[tuple[str, str, float]]  # item, type, when
    barred: Sequence[str]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Users:
    """Tells what is known of people. `forgotten` waits until nothing is known any more as of an LSN."""

    people: People
    collection: Collection
    forgotten: Callable[[int], Awaitable[None]]

    async def known(self, user: str) -> Known:
        """Return what is known of a user. Raises NotFound when that is nothing."""
        await self.people.caught_up()
        return await asyncio.to_thread(self._known, user)

    def trending(self, window_s: float, limit: int) -> tuple[Sequence[Hot], Sequence[Hot]]:
        """Return the hottest queries and the hottest items that the collection still holds."""
        trends, now = self.people.crowd().trends, self.people.wall()
        if trends is None:
            return (), ()
        items = trends.items(now, window_s, 2 * limit + 100)
        living = [one for one in items if self.collection.ordinal(one.text) is not None]
        return trends.queries(now, window_s, limit), living[:limit]

    def _known(self, user: str) -> Known:
        crowd = self.people.crowd()
        person = look_up(crowd, user, None, None, self.people.wall())
        said, devices = crowd.activity.profile(user), crowd.activity.devices(user)
        if not person.acts and not said and not devices and not person.barred:
            raise NotFound("user", user)
        profile = draw_up(person, crowd, self.collection)
        recent = [(act.item, act.type, act.at) for act in person.acts if act.item is not None]
        return Known(
            user=user,
            devices=devices,
            num_acts=len(person.acts),
            affinities=profile.affinities,
            has_taste=profile.taste is not None,
            recent=recent[:RECENT],
            barred=sorted(person.barred),
            said=said,
        )
