"""Shapes a job on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.api.schemas.items import rfc3339

if TYPE_CHECKING:
    from app.domain.jobs import Job


def job_json(job: Job) -> dict[str, Any]:
    """Return the job as it is sent; its pictures are addresses."""
    return {
        "id": job.id,
        "status": str(job.status),
        "created_at": rfc3339(job.created_at),
        "finished_at": None if job.finished_at is None else rfc3339(job.finished_at),
        "request": job.request.to_body(),
        "pictures": [
            {
                "index": picture.index,
                "url": f"/v1/jobs/{job.id}/images/{picture.index}",
                "item": picture.item,
                "receipt": dict(picture.receipt),
            }
            for picture in job.pictures
        ],
        "error": job.error,
        "usage": dict(job.usage),
        "events_url": f"/v1/jobs/{job.id}/events",
    }
