"""Shapes a replay of a receipt and a question for a picture's likelihood, in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints

from app.api.schemas.wire import Wire, read_base64
from app.domain.errors import InvalidInput
from app.generate.encode import read_receipt

if TYPE_CHECKING:
    from app.domain.engine import Likelihood
    from app.generate.proof import Proof


class ReplayBody(Wire):
    """A receipt, or the file that carries it."""

    receipt: dict[str, Any] | None = Field(None, description="A receipt as an answer or an item has it.")
    image: str | None = Field(None, description="A PNG, WebP or SVG with its receipt inside, in base64.")

    def to_receipt(self) -> dict[str, Any]:
        """Return the receipt. Raises InvalidInput when there is none, or both were sent."""
        if (self.receipt is None) == (self.image is None):
            raise InvalidInput("receipt", "send a receipt, or an image that carries one")
        if self.receipt is not None:
            return self.receipt
        content = read_base64("image", self.image or "")
        try:
            found = read_receipt(content)
        except Exception as error:  # hostile bytes make a decoder raise nearly anything
            raise InvalidInput("image", f"not a readable picture: {error}") from error
        if found is None:
            raise InvalidInput("image", "there is no receipt in this file")
        return found


class LikelihoodBody(Wire):
    """A picture, and the words it may be likely under."""

    image: str = Field(description="PNG, JPEG, WebP or GIF, in base64.")
    prompt: Annotated[str, StringConstraints(max_length=4_000)] = ""
    num_probes: int = Field(4, ge=2, le=64, description="Probes of Hutchinson's estimator of the trace.")
    seed: int = Field(0, ge=0, lt=2**63)


def proof_json(proof: Proof) -> dict[str, Any]:
    """Return a proof as it is sent."""
    return {
        "equal": proof.is_equal,
        "differences": [
            {"field": name, "receipt": said, "found": found}
            for name, (said, found) in proof.differences.items()
        ],
        "pixels_sha256": proof.picture.receipt["pixels_sha256"],
        "url": f"/v1/jobs/{proof.job.id}/images/{proof.picture.index}",
        "receipt": dict(proof.picture.receipt),
        "job": proof.job.id,
    }


def likelihood_json(found: Likelihood, model: str, digest: str | None) -> dict[str, Any]:
    """Return a likelihood as it is sent: log p in `unit`, and what it was measured with."""
    return {
        "object": "image.likelihood",
        "model": model,
        "model_digest": digest,
        "value": found.value,
        "standard_error": found.standard_error,
        "unit": found.unit,
        "dimensions": found.num_dimensions,
        "evaluations": found.num_evaluations,
        "num_probes": found.num_probes,
    }
