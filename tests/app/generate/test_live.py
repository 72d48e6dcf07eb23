"""A live job numbers what happens and lets its followers go; the recent ones are bounded in bytes."""

from __future__ import annotations

from app.domain.jobs import EventType, Job, JobEvent, Status
from app.generate.live import Live, Recent
from tests.app.generate.studio import request


def finished(name: str, size: int) -> Live:
    """Return a finished job whose history holds `size` bytes."""
    live = Live(Job(name, request(), Status.QUEUED, 0.0))
    live.tell(JobEvent(name, 0, EventType.IMAGE, content=b"x" * size))
    live.finish(Job(name, request(), Status.COMPLETED, 0.0))
    return live


def test_events_are_numbered_as_they_are_told() -> None:
    """Queued is number 0, whatever number an event came with."""
    live = finished("a", 10)
    assert [(event.sequence, str(event.type)) for event in live._history] == [
        (0, "queued"),
        (1, "image"),
        (2, "completed"),
    ]
    assert live.over.is_set()
    assert live.num_bytes == 10


def test_the_oldest_are_forgotten_when_bytes_run_over() -> None:
    """Three jobs of forty bytes in a hundred: the first is forgotten, the others are found."""
    recent = Recent(max_bytes=100)
    for name in "abc":
        recent.add(finished(name, 40))
    assert [recent.get(name) is not None for name in "abc"] == [False, True, True]


def test_a_job_too_large_to_remember_is_not_remembered() -> None:
    """One history beyond the whole bound is let go at once, and the count of jobs is bounded too."""
    recent = Recent(max_bytes=100, max_jobs=1)
    recent.add(finished("huge", 101))
    assert recent.get("huge") is None
    recent.add(finished("a", 1))
    recent.add(finished("b", 1))
    assert (recent.get("a"), recent.get("b") is not None) == (None, True)
