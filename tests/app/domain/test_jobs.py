"""Tests that a job survives its way through the log, and that its states say what is final."""

from __future__ import annotations

import json

from app.domain.jobs import GenerationRequest, Job, Picture, Status


def test_a_body_is_json_and_reads_back_the_same() -> None:
    """A job with everything set comes back equal, tuples and all."""
    request = GenerationRequest(
        "a boat",
        "text",
        seed=2**62,
        num_images=3,
        guidance_interval=(0.1, 2.0),
        deadline_ms=1.5,
        at_deadline="fail",
        user="u",
    )
    pictures = (Picture(0, "0" * 64, "image/png", "generated/j/0", {"seed": 2**62}),)
    job = Job("j", request, Status.COMPLETED, 1.0, 2.0, pictures, None, {"rows": 7})
    assert Job.from_body(json.loads(json.dumps(job.to_body()))) == job


def test_only_ends_are_final() -> None:
    """Queued and running jobs go on; completed, cancelled and failed ones do not."""
    assert {status for status in Status if status.is_final} == {
        Status.COMPLETED,
        Status.CANCELLED,
        Status.FAILED,
    }
