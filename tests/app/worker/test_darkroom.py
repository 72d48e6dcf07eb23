"""Latents become pictures in the order they came, a few a turn."""

from __future__ import annotations

import torch

from app.domain.engine import DEADLINE, FINISHED
from app.domain.jobs import EventType
from app.worker.darkroom import Darkroom
from app.worker.prompts import Prompts
from app.worker.runner import Runner
from tests.app.worker.tasks import task
from tests.app.worker.tiny import FaultySystem

LATENT = torch.zeros(4, 4, 4)
BROKEN = torch.full((4, 4, 4), 1e4)


def darkroom_of(limit: int = 4) -> Darkroom:
    """Return an empty darkroom over the faulty system."""
    system = FaultySystem()
    return Darkroom(Runner(system, Prompts(system)), limit)


def test_previews_and_pictures_keep_their_order() -> None:
    """What came first is told first, previews and pictures mixed."""
    darkroom = darkroom_of()
    done = task("a", position=3)
    darkroom.add_preview(done, LATENT)
    darkroom.add_picture(done, LATENT)
    darkroom.add_preview(task("b", position=1), LATENT)
    told = [(event.job_id, event.type) for event in darkroom.develop()]
    assert told == [
        ("a", EventType.PARTIAL_IMAGE),
        ("a", EventType.IMAGE),
        ("b", EventType.PARTIAL_IMAGE),
    ]


def test_a_turn_develops_no_more_than_its_limit() -> None:
    """Five latents at two a turn take three turns."""
    darkroom = darkroom_of(limit=2)
    for i in range(5):
        darkroom.add_picture(task("a", i, position=3), LATENT)
    assert [len(darkroom.develop()) for _ in range(4)] == [2, 2, 1, 0]


def test_an_unfinished_task_was_stopped_by_its_deadline() -> None:
    """The reason a picture ended follows from how far its task had come."""
    darkroom = darkroom_of()
    darkroom.add_picture(task("a", position=3), LATENT)
    darkroom.add_picture(task("b", position=2), LATENT)
    assert [event.finish_reason for event in darkroom.develop()] == [FINISHED, DEADLINE]


def test_what_cannot_be_decoded_fails_alone() -> None:
    """One broken latent among good ones is its task's failure; a broken preview is only missing."""
    darkroom = darkroom_of()
    darkroom.add_picture(task("good", position=3), LATENT)
    darkroom.add_picture(task("bad", position=3), BROKEN)
    events = darkroom.develop()
    assert [event.type for event in events] == [EventType.IMAGE, EventType.FAILED]
    assert events[1].error == "RuntimeError: cannot decode this"


def test_cancel_returns_the_tasks_whose_pictures_waited() -> None:
    """Previews go without a word, pictures name their tasks, other jobs stay."""
    darkroom = darkroom_of()
    shown, waiting = task("a", 0, position=1), task("a", 1, position=3)
    darkroom.add_preview(shown, LATENT)
    darkroom.add_picture(waiting, LATENT)
    darkroom.add_picture(task("b", position=3), LATENT)
    assert darkroom.cancel("a") == [waiting]
    assert [event.job_id for event in darkroom.develop()] == ["b"]


def test_a_forgotten_task_is_not_developed() -> None:
    """Nothing of a task that failed comes out later."""
    darkroom = darkroom_of()
    failed = task("a", position=1)
    darkroom.add_preview(failed, LATENT)
    darkroom.forget(failed)
    assert (len(darkroom), darkroom.develop()) == (0, [])
