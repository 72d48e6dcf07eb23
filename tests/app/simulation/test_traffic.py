"""Sessions played against a service."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.simulation.days import plan_day
from app.simulation.people import make_people
from app.simulation.traffic import Traffic
from tests.app.simulation.made import STYLES, world
from tests.app.simulation.service import FakeService

WORLD = world()
PEOPLE = make_people(60, STYLES, 1)
DAY = plan_day(WORLD, PEOPLE, 0, 1)
START = 1_700_000_000.0


def test_sessions_become_searches_and_events_of_their_day() -> None:
    """Every search names its session and device; every event names the answer, the place and its time."""
    service = FakeService([thing.id for thing in WORLD.things])
    traffic = Traffic(service, WORLD, START)
    for session in DAY:
        traffic.play(session)
    searches = [body for _, path, body in service.asked if path == "/v1/search"]
    assert len(searches) == traffic.counts.searches == sum(len(one.searches) for one in DAY)
    assert all({"session", "device", "device_kind", "location"} <= body.keys() for body in searches)
    assert 0.7 < sum("user" in body for body in searches) / len(searches) < 0.97
    kinds = {event["type"] for event in service.events.values()}
    assert "click" in kinds
    assert kinds <= {"click", "like", "purchase", "hide"}
    for event in service.events.values():
        assert service.ids[event["position"] - 1] == event["item"]
        assert START < datetime.fromisoformat(event["at"]).timestamp() < START + 90_000
    clicks = [event for event in service.events.values() if event["type"] == "click"]
    assert len(clicks) == traffic.counts.clicks > 0.1 * len(searches)


def test_playing_again_adds_nothing_and_does_the_same() -> None:
    """A session played twice sends the same events under the same ids."""
    first, second = (FakeService([thing.id for thing in WORLD.things]) for _ in range(2))
    once, twice = Traffic(first, WORLD, START), Traffic(second, WORLD, START)
    for session in DAY[:40]:
        once.play(session)
    for session in [*DAY[:40], *DAY[:40]]:
        twice.play(session)
    assert first.events.keys() == second.events.keys()


def test_devices_are_introduced_with_their_person() -> None:
    """Every device of everybody is linked."""
    service = FakeService([])
    Traffic(service, WORLD, START).introduce(PEOPLE)
    assert len(service.asked) == sum(len(person.devices) for person in PEOPLE)
    assert ("PUT", f"/v1/devices/{PEOPLE[0].devices[0].id}", {"user": PEOPLE[0].name}) in service.asked


def test_the_rate_is_kept() -> None:
    """At four searches a second ten searches take at least nine quarters of a second."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    service = FakeService([thing.id for thing in WORLD.things])
    traffic = Traffic(service, WORLD, START, rate=4.0, clock=lambda: now[0], sleep=sleep)
    for session in DAY:
        traffic.play(session)
        if traffic.counts.searches >= 10:
            break
    assert now[0] == pytest.approx((traffic.counts.searches - 1) / 4)
