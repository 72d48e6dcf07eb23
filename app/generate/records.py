"""Draws the records of a job at its turning points: its order, its row, what it tells, how it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.engine import Order
from app.domain.jobs import JobEvent, Status
from app.domain.log import Kind, NewRow
from app.generate.materials import NOTHING

if TYPE_CHECKING:
    from app.domain.engine import EngineEvent
    from app.domain.jobs import Job
    from app.domain.log import Blob
    from app.generate.develop import Print
    from app.generate.live import Live
    from app.generate.materials import Materials


def order_of(job: Job, materials: Materials = NOTHING) -> Order:
    """Return the order of every picture of the job; its deadline counts from acceptance."""
    request = job.request
    late = None if request.deadline_ms is None else job.created_at + request.deadline_ms / 1000
    indices = tuple(range(request.num_images))
    return Order(job.id, request, indices, late, materials.start, materials.mask, materials.shown)


def job_row(job: Job, *blobs: Blob) -> NewRow:
    """Return the job's row with the blobs that must be durable with it."""
    return NewRow(Kind.JOB, job.id, job.to_body(), blobs)


def final_rows(job: Job, prints: list[Print]) -> list[NewRow]:
    """Return all that becomes durable at a job's end: its row with the pictures, and their items."""
    items = [made.item for made in prints if made.item is not None]
    return [
        job_row(job, *(blob for made in prints for blob in made.blobs)),
        *(NewRow(Kind.ITEM_PUT, item.id, item.to_body()) for item in items),
    ]


def told(event: EngineEvent, content: bytes | None = None, media_type: str | None = None) -> JobEvent:
    """Return the job's event for one of the engine's; the history numbers it."""
    return JobEvent(
        event.job_id,
        0,
        event.type,
        index=event.index,
        step=event.step,
        num_steps=event.num_steps,
        content=content,
        media_type=media_type,
    )


def settled(live: Live, now: float) -> Job:
    """Return the job as it ended: failed when one of its pictures did, with those that came."""
    if not live.errors:
        return ended(live, Status.COMPLETED, now)
    why = "; ".join(f"picture {index}: {error}" for index, error in sorted(live.errors.items()))
    return replace(ended(live, Status.FAILED, now), error=why)


def ended(live: Live, status: Status, now: float) -> Job:
    """Return the job as it ends now, with the pictures it keeps: none when it was cancelled."""
    prints = [] if status is Status.CANCELLED else [live.prints[index] for index in sorted(live.prints)]
    return replace(
        live.job,
        status=status,
        finished_at=now,
        pictures=tuple(made.picture for made in prints),
        usage={
            "images": len(prints),
            "evaluations": sum(made.evaluations for made in prints),
            "rows": sum(made.rows for made in prints),
        },
    )
