"""Tells the story of a job that ended long ago: its pictures and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.jobs import EventType, JobEvent
from app.generate.live import ENDS

if TYPE_CHECKING:
    from app.domain.jobs import Job
    from app.domain.ports import Blobs


def told_again(job: Job, blobs: Blobs, after: int) -> list[JobEvent]:
    """Return a finished job's events from what the log kept, numbered from after + 1."""
    events: list[JobEvent] = []
    for picture in job.pictures:
        blob = blobs.get(picture.digest)
        event = JobEvent(
            job.id,
            after + 1 + len(events),
            EventType.IMAGE,
            index=picture.index,
            step=picture.receipt.get("evaluations"),
            num_steps=picture.receipt.get("evaluations_planned"),
            content=None if blob is None else blob.content,
            media_type=picture.media_type,
        )
        events.append(event)
    events.append(JobEvent(job.id, after + 1 + len(events), ENDS[job.status], job=job))
    return events
