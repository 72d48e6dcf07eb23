"""Knows who asks: what they did so far, what they like, and what must not be shown to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from indexes.behavior.realtime import seeds
from indexes.forward.filters import All

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from app.domain.search import SearchRequest
    from app.search.collection import Collection
    from app.search.types import Prepared
    from indexes.behavior.activity import Past
    from indexes.behavior.crowd import Crowd
    from indexes.types import Mask, Record

HISTORY = 200  # acts of a person that a search looks at
CATCH_UP_S = 0.5  # longest a search waits for what was acknowledged before it


@dataclass(frozen=True, slots=True)
class Person:
    """One person as of one request: `acts` are the newest first, `seeds` their items by weight.

    `keys` are those the person acted under, `barred` the items that were hidden or are owned.
    """

    user: str | None
    keys: tuple[str, ...]
    acts: tuple[Past, ...]
    seeds: Mapping[str, float]
    barred: frozenset[str]


@dataclass(frozen=True, slots=True)
class People:
    """Looks people up for searches. `acknowledged` is the newest LSN that an event's sender was told here.

    `reached` waits until the view of activity stands there, so that an act counts from the very next
    request on; `wall` gives seconds since the epoch.
    """

    crowd: Callable[[], Crowd]
    acknowledged: Callable[[], int]
    reached: Callable[[int, float], Awaitable[bool]]
    wall: Callable[[], float]

    async def caught_up(self) -> None:
        """Return when everything that was acknowledged counts, or that takes too long."""
        await self.reached(self.acknowledged(), CATCH_UP_S)

    async def know(self, request: SearchRequest, prepared: Prepared) -> Prepared:
        """Return the search with what everybody did beside it, and who asks, where that is told."""
        if request.user is None and request.device is None and request.session is None:
            return replace(prepared, crowd=self.crowd())
        await self.caught_up()
        crowd = self.crowd()
        person = look_up(crowd, request.user, request.device, request.session, self.wall())
        return replace(prepared, crowd=crowd, person=person)


def look_up(crowd: Crowd, user: str | None, device: str | None, session: str | None, now: float) -> Person:
    """Return who is meant by these names."""
    activity = crowd.activity
    keys = activity.keys(user, device, session)
    acts = activity.history(keys, HISTORY)
    if session is not None:
        acts = _together(acts, activity.session(session, HISTORY))
    named = user if user is not None else next((key[2:] for key in keys if key.startswith("u:")), None)
    return Person(named, keys, tuple(acts), seeds(acts, crowd.weights, now), activity.barred(keys))


def _together(acts: Sequence[Past], others: Sequence[Past]) -> list[Past]:
    """Return both, the newest first, each act once."""
    found = {act.number: act for act in (*acts, *others)}
    return sorted(found.values(), key=lambda act: (-act.at, -act.number))[:HISTORY]


def bar(mask: Mask | None, prepared: Prepared, collection: Collection) -> Mask | None:
    """Return the mask without what was hidden by the person who asks, or is theirs already."""
    if prepared.person is None or not prepared.person.barred:
        return mask
    ordinals = [collection.ordinal(name) for name in prepared.person.barred]
    gone = np.array([ordinal for ordinal in ordinals if ordinal is not None], np.int32)
    living = collection.compile(All(())) if mask is None else mask
    if living is None or not len(gone):
        return mask
    left = living.copy()
    left[gone[gone < len(left)]] = False
    return left


def shown_still(records: Sequence[Record | None], prepared: Prepared) -> Sequence[Record | None]:
    """Return the records, None for what may not be shown any more: pages come long after their list."""
    if prepared.person is None or prepared.crowd is None:
        return records
    barred = prepared.crowd.activity.barred(prepared.person.keys)
    return [None if record is None or record.id in barred else record for record in records]
