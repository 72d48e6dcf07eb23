"""Plays sessions against a service: real searches, and events with the time of the simulated day."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from app.simulation.days import GAP_S
from app.simulation.looking import PBM, clicks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.client.http import Client
    from app.simulation.days import Asking, Session
    from app.simulation.people import Person
    from app.simulation.world import World

LOOKED_AT = 20  # hits that a person may look at
LIKES, BUYS, HIDES = 0.2, 0.1, 0.01


@dataclass(slots=True)
class Counts:
    """What was played so far."""

    sessions: int = 0
    searches: int = 0
    clicks: int = 0


@dataclass(slots=True)
class Traffic:
    """Plays sessions one after another. `start` is the first day's midnight, seconds since the epoch.

    `rate` bounds searches a second (0: as fast as they are answered); `clock` and `sleep` are of time.
    """

    client: Client
    world: World
    start: float
    model: str = PBM
    rate: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    counts: Counts = field(default_factory=Counts)
    _due: float = 0.0

    def introduce(self, people: Sequence[Person]) -> None:
        """Tell whose device is whose."""
        for person in people:
            for device in person.devices:
                self.client.ask("PUT", f"/v1/devices/{device.id}", {"user": person.name})

    def play(self, session: Session) -> None:
        """Search, look and click; the session's events are sent at its end, each with an id of its own.

        Playing it again records no event twice.
        """
        rng = np.random.default_rng(session.seed)
        events: list[dict[str, Any]] = []
        for number, asking in enumerate(session.searches):
            self._wait()
            answer = self.client.ask("POST", "/v1/search", search_body(session, asking))
            acts = self._acts(session, asking, answer, rng)
            moment = self.start + session.at + number * GAP_S
            events += [
                {**act, "id": f"{session.id}-{number}-{place}", "at": rfc3339(moment + place + 1)}
                for place, act in enumerate(acts)
            ]
            self.counts.searches += 1
            self.counts.clicks += sum(act["type"] == "click" for act in acts)
        if events:
            self.client.send_lines("/v1/events:batch", events)
        self.counts.sessions += 1

    def _acts(
        self, session: Session, asking: Asking, answer: dict[str, Any], rng: np.random.Generator
    ) -> list[dict[str, Any]]:
        """Return what the person does with an answer."""
        ids = [hit["id"] for hit in answer["hits"]]
        truth = self.world.relevance(session.person, asking.wanted)
        relevance = self.world.gains(truth, ids)
        acts = []
        for place in clicks(relevance, session.person.patience, self.model, rng).tolist():
            about = {
                **identity(session),
                "request_id": answer["request_id"],
                "item": ids[place],
                "position": place + 1,
                "query": asking.query,
            }
            acts.append({"type": "click", **about})
            chance = rng.random()
            if chance < LIKES * relevance[place]:
                acts.append({"type": "like", **about})
            elif chance > 1 - BUYS * relevance[place]:
                acts.append({"type": "purchase", **about})
            elif relevance[place] == 0 and rng.random() < HIDES:
                acts.append({"type": "hide", **about})
        return acts

    def _wait(self) -> None:
        if not self.rate:
            return
        now = self.clock()
        if now < self._due:
            self.sleep(self._due - now)
        self._due = max(now, self._due) + 1 / self.rate


def search_body(session: Session, asking: Asking) -> dict[str, Any]:
    """Return the search that a person sends."""
    person = session.person
    return {
        **identity(session),
        "query": asking.query,
        "device_kind": session.device.kind,
        "location": {"lat": person.lat, "lon": person.lon},
        "limit": LOOKED_AT,
    }


def identity(session: Session) -> dict[str, Any]:
    """Return who is told to be there: the user only where somebody is logged in."""
    told = {"session": session.id, "device": session.device.id}
    return {**told, "user": session.person.name} if session.is_known else told


def rfc3339(moment: float) -> str:
    """Return a moment (seconds since the epoch) as RFC 3339."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
