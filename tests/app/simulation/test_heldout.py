"""Two ways to answer compared on sessions by the world's truth."""

from __future__ import annotations

import numpy as np

from app.simulation.days import plan_day
from app.simulation.heldout import held_out
from app.simulation.people import make_people
from app.simulation.world import ndcg
from tests.app.simulation.made import STYLES, world
from tests.app.simulation.service import FakeService

WORLD = world()
SESSIONS = plan_day(WORLD, make_people(20, STYLES, 1), 0, 1)


def test_each_way_is_scored_by_what_the_person_wanted() -> None:
    """Both ways get the same searches; the score is the mean true nDCG of the session's lists."""
    ids = [thing.id for thing in WORLD.things]
    service = FakeService(ids)
    told: list[None] = []
    forwards, backwards = held_out(
        service, WORLD, SESSIONS, [{"ranker": "none"}, {"ranker": "backwards"}], lambda: told.append(None)
    )
    assert len(told) == len(SESSIONS) == len(forwards)
    session = SESSIONS[0]
    truths = [WORLD.relevance(session.person, asking.wanted) for asking in session.searches]
    assert forwards[0] == np.mean([ndcg(WORLD.gains(truth, ids), truth) for truth in truths])
    assert backwards[0] == np.mean([ndcg(WORLD.gains(truth, ids[::-1]), truth) for truth in truths])
    assert not service.events
