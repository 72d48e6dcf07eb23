"""What the table of jobs promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.jobs import GenerationRequest, Job, Status
from tests.app.store.rows import append, job

if TYPE_CHECKING:
    from app.store.store import Store


def test_newest_row(store: Store) -> None:
    """The newest row of a job says how it stands."""
    append(store, job("j", Status.QUEUED), job("j", Status.RUNNING))
    assert store.jobs.get("j") == Job("j", GenerationRequest(prompt="a cup"), Status.RUNNING, 1.0)
    assert store.jobs.get("k") is None


def test_unfinished(store: Store) -> None:
    """What a restart must finish comes oldest first, ties by id, without what is final."""
    append(
        store,
        job("new", Status.QUEUED, 9.0),
        job("b", Status.RUNNING, 5.0),
        job("a", Status.QUEUED, 5.0),
        job("done", Status.RUNNING, 1.0),
        job("failed", Status.FAILED, 1.0),
        job("cancelled", Status.CANCELLED, 1.0),
    )
    append(store, job("done", Status.COMPLETED, 1.0))
    assert [found.id for found in store.jobs.unfinished()] == ["a", "b", "new"]
