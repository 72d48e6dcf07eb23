"""The use case of completing: own and popular queries, titles, and better spelling."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from app.search.understand import normalise
from indexes.text.scripts import fold
from indexes.text.starts import typed_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.search.collection import Collection
    from app.search.people import People

TITLE: Final = "title"
CORRECTION: Final = "correction"
POPULAR: Final = "popular"
RECENT: Final = "recent"
MOST_RECENT = 3  # of a person's own searches
HISTORY = 100  # acts that are looked through for them


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to search for instead; kind is `recent`, `popular`, `title` or `correction`."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Completes from the titles of one collection, and from what people searched for."""

    collection: Collection
    people: People | None = None

    def complete(
        self,
        prefix: str,
        limit: int,
        user: str | None = None,
        session: str | None = None,
        device: str | None = None,
    ) -> tuple[Completion, ...]:
        """Return at most `limit` completions, each text once.

        The person's own last searches come first, then popular queries and titles by turns, then a
        correction where they leave room. A query is popular when several persons searched for it. Raises
        InvalidInput when the prefix is too long.
        """
        typed = normalise(prefix)
        if not typed:
            return ()
        own = self._own(typed, user, session, device)
        popular = self._popular(typed, limit)
        titles = [Completion(one.text, TITLE) for one in self.collection.suggest.complete(typed, limit)]
        mixed = [one for pair in zip_longest(popular, titles) for one in pair if one is not None]
        found = _once([*own, *mixed])[:limit]
        corrected = self.collection.suggest.correct(typed) if len(found) < limit else None
        if corrected is not None:
            found = _once([*found, Completion(corrected, CORRECTION)])
        return tuple(found)

    async def caught_up(self) -> None:
        """Return when the person's own acts count, so that a search made just now completes the next."""
        if self.people is not None:
            await self.people.caught_up()

    def _popular(self, typed: str, limit: int) -> Sequence[Completion]:
        if self.people is None:
            return ()
        return [Completion(one.text, POPULAR) for one in self.people.crowd().asked.complete(typed, limit)]

    def _own(
        self, typed: str, user: str | None, session: str | None, device: str | None
    ) -> Sequence[Completion]:
        if self.people is None or (user is None and session is None and device is None):
            return ()
        activity, key = self.people.crowd().activity, fold(typed)
        acts = activity.history(activity.keys(user, device, session), HISTORY)
        asked = [act.query for act in acts if act.query is not None]
        matching = (query for query in dict.fromkeys(asked) if typed_starts(fold(query), key))
        return [Completion(query, RECENT) for query in matching][:MOST_RECENT]


def _once(completions: Iterable[Completion]) -> list[Completion]:
    """Return the completions without those whose text, folded, was there before."""
    found: dict[str, Completion] = {}
    for one in completions:
        found.setdefault(fold(one.text), one)
    return list(found.values())
