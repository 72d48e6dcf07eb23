"""Tests that a job is told with addresses where its pictures are."""

from __future__ import annotations

from app.api.schemas.jobs import job_json
from app.domain.jobs import GenerationRequest, Job, Picture, Status


def test_a_finished_job_tells_where_its_pictures_are() -> None:
    """Pictures are addresses with their item and receipt; times are RFC 3339."""
    picture = Picture(0, "0" * 64, "image/png", "generated/j/0", {"seed": 5})
    job = Job("j", GenerationRequest("p", seed=5), Status.COMPLETED, 0.0, 1.5, (picture,), usage={"rows": 9})
    told = job_json(job)
    assert told["pictures"] == [
        {"index": 0, "url": "/v1/jobs/j/images/0", "item": "generated/j/0", "receipt": {"seed": 5}}
    ]
    assert (told["status"], told["created_at"]) == ("completed", "1970-01-01T00:00:00Z")
    assert told["finished_at"] == "1970-01-01T00:00:01.500000Z"
    assert told["request"]["prompt"] == "p"
    assert told["usage"] == {"rows": 9}


def test_a_waiting_job_has_no_end_yet() -> None:
    """What has not happened is null, not left out."""
    told = job_json(Job("j", GenerationRequest("p"), Status.QUEUED, 0.0))
    assert (told["finished_at"], told["error"], told["pictures"]) == (None, None, [])
