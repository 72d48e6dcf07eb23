"""Keeps what people did as a view of the log: histories by person, owned and hidden items, popularity."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from indexes.behavior import saved
from indexes.behavior.acts import Acts
from indexes.behavior.changes import Act, Blank, Edit, Forget, Link, name_digest
from indexes.behavior.identities import Identities, device_key, key_of, user_key
from indexes.behavior.names import NOBODY, Names
from indexes.behavior.record import Record, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from indexes.behavior.changes import ActivityChange

BARRING: Final = frozenset({"hide", "purchase"})  # types after which an item never comes back to the person
KEPT_ACTS = 2_000_000
SHARE = 4  # the oldest acts are let go every KEPT_ACTS / SHARE events
CHUNK = 64  # changes under one hold of the lock: readers wait for no more
TABLES: Final = ("type", "actor", "item", "session", "query")


class Past(NamedTuple):
    """One act as histories tell it."""

    item: str | None
    type: str
    at: float
    query: str | None
    number: int


class Activity:
    """One writer applies changes; any thread reads.

    It holds the acts among the last `kept_acts` events of the log, give or take a quarter, and all owned and
    hidden items. What it lets go depends on the log alone, never on when it was saved or loaded.
    """

    def __init__(self, kept_acts: int = KEPT_ACTS) -> None:
        self._kept_acts = kept_acts
        self._guard = Lock()  # guards everything below
        self._lsn = 0
        self._num_events = 0  # of the log so far, blank ones too
        self._num_forgets = 0  # that this view has seen since it was made or loaded
        self._acts = Acts()
        self._names = {table: Names() for table in TABLES}
        self._people = Identities()
        self._barred: dict[str, set[str]] = {}  # by actor key
        self._profiles: dict[str, Mapping[str, Any]] = {}

    # --- reading

    @property
    def lsn(self) -> int:
        """The LSN of the newest change that was applied."""
        return self._lsn

    @property
    def num_events(self) -> int:
        """How many events the log has had so far; it grows with every one."""
        return self._num_events

    @property
    def num_forgets(self) -> int:
        """How often somebody was forgotten while this view was followed: copies from before must go."""
        return self._num_forgets

    def keys(
        self, user: str | None, device: str | None = None, session: str | None = None
    ) -> tuple[str, ...]:
        """Return the keys under which a person acted: the user's own, of all linked devices, of the session.

        A device that is linked stands for its user; a session alone for whoever acted in it last.
        """
        with self._guard:
            if user is None and device is None and session is not None:
                return self._keys_of_session(session)
            return self._people.keys(user, device, session)

    def history(self, keys: Sequence[str], limit: int) -> list[Past]:
        """Return the last `limit` acts under these keys, the newest first by when they happened.

        Of acts that came late, the last to arrive under each key are looked at.
        """
        with self._guard:
            rows = [row for key in keys for row in self._walk("actor", key, limit)]
            return self._told(rows, limit)

    def session(self, session: str | None, limit: int) -> list[Past]:
        """Return the last acts of a session, the newest first."""
        with self._guard:
            return self._told(list(self._walk("session", session, limit)), limit)

    def companions(self, item: str, since: int, most_people: int, most_acts: int) -> list[list[Past]]:
        """Return what those did lately who met the item after the event of number `since`; newest first."""
        with self._guard:
            number, actors = self._acts.columns["number"], self._acts.columns["actor"]
            rows = self._walk("item", item, 4 * most_people)
            met = dict.fromkeys(actors[row] for row in rows if number[row] > since and actors[row] != NOBODY)
            walks = [self._acts.chains["actor"].walk(actor, most_acts) for actor in list(met)[:most_people]]
            return [self._told(list(walk), most_acts) for walk in walks]

    def barred(self, keys: Sequence[str]) -> frozenset[str]:
        """Return the items that were hidden or are owned under these keys."""
        with self._guard:
            return frozenset().union(*(self._barred.get(key, ()) for key in keys))

    def profile(self, user: str) -> Mapping[str, Any]:
        """Return the user's own words on their profile; empty when there are none."""
        return self._profiles.get(user, {})

    def devices(self, user: str) -> list[str]:
        """Return the devices that are linked to the user, sorted."""
        with self._guard:
            return sorted(self._people.devices(user))

    def record(self) -> Record:
        """Return a copy of all acts in columns, with the person of each."""
        with self._guard:
            arrays = self._acts.arrays()
            texts = {name: list(table.texts) for name, table in self._names.items()}
            persons = [self._people.person(key) for key in texts["actor"]]
            num_events = self._num_events
        return record_of(arrays, texts, persons, num_events)

    def _keys_of_session(self, session: str) -> tuple[str, ...]:
        row = next(self._walk("session", session, 1), None)
        key = None if row is None else self._names["actor"].texts[self._acts.columns["actor"][row]]
        return self._people.keys_beside(key, session)

    def _walk(self, chain: str, key: str | None, limit: int) -> Iterator[int]:
        return self._acts.chains[chain].walk(self._names[chain].find(key), limit)

    def _told(self, rows: list[int], limit: int) -> list[Past]:
        columns, names = self._acts.columns, self._names
        items, kinds, queries = names["item"].texts, names["type"].texts, names["query"].texts
        order = sorted(rows, key=lambda row: (-columns["at"][row], -columns["number"][row]))[:limit]
        return [
            Past(
                None if columns["item"][row] < 0 else items[columns["item"][row]],
                kinds[columns["type"][row]],
                columns["at"][row],
                None if columns["query"][row] < 0 else queries[columns["query"][row]],
                columns["number"][row],
            )
            for row in order
        ]

    # --- writing

    def apply(self, changes: Sequence[ActivityChange], lsn: int = 0) -> None:
        """Apply changes in order; those at or below `lsn` are in already. The view then stands at `lsn`."""
        for start in range(0, len(changes), CHUNK):
            with self._guard:
                for change in changes[start : start + CHUNK]:
                    if change.lsn > self._lsn:
                        self._apply(change)
                        self._lsn = change.lsn
        self._lsn = max(self._lsn, lsn)

    def _apply(self, change: ActivityChange) -> None:
        if isinstance(change, Act):
            self._act(change)
        elif isinstance(change, Blank):
            self._count()
        elif isinstance(change, Link):
            self._people.link(change.device, change.user)
        elif isinstance(change, Edit):
            self._profiles.pop(change.user, None)
            if change.profile:
                self._profiles[change.user] = change.profile
        else:
            self._forget(change)

    def _act(self, act: Act) -> None:
        key, names = key_of(act.user, act.device, act.session), self._names
        self._num_events += 1
        self._acts.add(
            self._num_events,
            act.at,
            names["type"].add(act.type),
            names["actor"].add(key),
            names["item"].add(act.item),
            names["session"].add(act.session),
            names["query"].add(act.query),
        )
        if act.type in BARRING and key is not None and act.item is not None:
            self._barred.setdefault(key, set()).add(act.item)
        self._let_go()

    def _count(self) -> None:
        self._num_events += 1
        self._let_go()

    def _let_go(self) -> None:
        """Let the oldest acts go at every so many events: always the same ones, whenever that is done."""
        if self._num_events > self._kept_acts and self._num_events % max(self._kept_acts // SHARE, 1) == 0:
            self._keep(lambda arrays: arrays["number"] > self._num_events - self._kept_acts)

    def _forget(self, change: Forget) -> None:
        self._num_forgets += 1
        keys = self._keys_to_forget(change)
        for user in [key[2:] for key in keys if key == user_key(key[2:])]:
            self._people.forget(user)
            self._profiles.pop(user, None)
        for key in keys:
            self._barred.pop(key, None)
        gone = [self._names["actor"].find(key) for key in keys]
        known = [number for number in gone if number != NOBODY]
        if known:
            self._keep(lambda arrays: ~np.isin(arrays["actor"], known))

    def _keys_to_forget(self, change: Forget) -> set[str]:
        """Return every key of the user, and of the devices that were the user's when that was said."""
        told = {user_key: {change.user}, device_key: set(change.devices)}
        known = {*self._names["actor"].texts, *self._barred}
        known |= {user_key(user) for user in self._people.users() | set(self._profiles)}
        keys = {
            key
            for key in known
            for make, digests in told.items()
            if key == make(key[2:]) and name_digest(key[2:]) in digests
        }
        users = [key[2:] for key in keys if key == user_key(key[2:])]
        return keys | {device_key(device) for user in users for device in self._people.devices(user)}

    def _keep(self, choose: Callable[[saved.Arrays], npt.NDArray[np.bool_]]) -> None:
        """Keep the chosen acts only, and the names that they need."""
        arrays = self._acts.arrays()
        kept = choose(arrays)
        arrays = {name: column[kept] for name, column in arrays.items()}
        for table in TABLES:
            numbers = arrays[table].astype(np.int32)
            self._names[table], moved = self._names[table].keep(numbers)
            arrays[table] = moved[numbers]
        self._acts = Acts.of(arrays)

    # --- keeping

    def digest(self) -> str:
        """Return a hash of the logical content: the same log gives the same digest."""
        with self._guard:
            return saved.digest(self._state())

    def save(self, directory: Path) -> None:
        """Write everything into an existing empty directory."""
        with self._guard:
            state = self._state()
        saved.write(directory, state)

    def _state(self) -> saved.State:
        return saved.State(
            lsn=self._lsn,
            num_events=self._num_events,
            arrays=self._acts.arrays(),
            tables={name: list(table.texts) for name, table in self._names.items()},
            owners=dict(self._people.owners),
            barred={key: sorted(items) for key, items in self._barred.items()},
            profiles=dict(self._profiles),
        )

    @classmethod
    def load(cls, directory: Path, kept_acts: int = KEPT_ACTS) -> Activity:
        """Return the view that `save` wrote; raises UnsupportedFormat or DamagedSnapshot."""
        state, activity = saved.read(directory), cls(kept_acts)
        activity._lsn, activity._num_events = state.lsn, state.num_events
        activity._acts = Acts.of(state.arrays)
        activity._names = {name: Names(state.tables[name]) for name in TABLES}
        for device, user in state.owners.items():
            activity._people.link(device, user)
        activity._barred = {key: set(items) for key, items in state.barred.items()}
        activity._profiles = dict(state.profiles)
        return activity
