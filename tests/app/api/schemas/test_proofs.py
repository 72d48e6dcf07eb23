"""Tests that receipts are found where they are sent, and proofs told with what differs."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from app.api.schemas.proofs import LikelihoodBody, ReplayBody, likelihood_json, proof_json
from app.domain.engine import Likelihood
from app.domain.errors import InvalidInput
from app.domain.jobs import GenerationRequest, Job, Picture, Status
from app.generate.encode import Finish, format_named
from app.generate.proof import Proof


def in_base64(receipt: str | None) -> str:
    """Return a PNG with this receipt inside."""
    content = format_named("png").encode(Image.new("RGB", (2, 2)), Finish(2, 2), receipt)
    return base64.b64encode(content).decode()


def test_a_receipt_comes_alone_or_in_its_file() -> None:
    """Both are the same receipt."""
    assert ReplayBody(receipt={"seed": 1}).to_receipt() == {"seed": 1}
    assert ReplayBody(image=in_base64('{"seed":1}')).to_receipt() == {"seed": 1}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "receipt"),
        ({"receipt": {}, "image": "AA=="}, "receipt"),
        ({"image": "?"}, "image"),
        ({"image": base64.b64encode(b"no picture").decode()}, "image"),
        ({"image": in_base64(None)}, "image"),
    ],
)
def test_what_carries_no_receipt_is_refused(fields: dict[str, object], field: str) -> None:
    """Nothing, both, no picture, and a picture without one are named."""
    with pytest.raises(InvalidInput) as caught:
        ReplayBody.model_validate(fields).to_receipt()
    assert caught.value.field == field


def test_a_proof_says_what_differs() -> None:
    """Each difference has both sides; the picture made now has an address."""
    job = Job("j", GenerationRequest("x"), Status.COMPLETED, 1.0)
    picture = Picture(0, "d", "image/png", None, {"pixels_sha256": "b"})
    told = proof_json(Proof(job, picture, {"pixels_sha256": ("a", "b")}))
    assert told["equal"] is False
    assert told["differences"] == [{"field": "pixels_sha256", "receipt": "a", "found": "b"}]
    assert told["url"] == "/v1/jobs/j/images/0"
    assert proof_json(Proof(job, picture, {"rows": (1, 2)}))["equal"] is True


def test_a_likelihood_says_its_unit() -> None:
    """Value, error, unit and dimensions are told, with the model they are of."""
    found = Likelihood(-1.5, 0.25, "nats per latent dimension", 1024, 80, 4)
    assert likelihood_json(found, "m", "d") == {
        "object": "image.likelihood",
        "model": "m",
        "model_digest": "d",
        "value": -1.5,
        "standard_error": 0.25,
        "unit": "nats per latent dimension",
        "dimensions": 1024,
        "evaluations": 80,
        "num_probes": 4,
    }
    assert LikelihoodBody(image="AA==").num_probes == 4
