"""A receipt says all that is needed to make the picture again, and nothing that changes from run to run."""

from __future__ import annotations

import hashlib
import json

import pytest
from PIL import Image

from app.domain.engine import EngineEvent, Pixels
from app.domain.jobs import EventType
from app.generate.receipts import receipt_json, receipt_of
from tests.app.generate.studio import request

PIXELS = Pixels(2, 1, bytes(range(6)))
EVENT = EngineEvent("job", EventType.IMAGE, 3, 9, 10, PIXELS, 14, "deadline", None, b"latent", "float32")


def test_the_receipt_holds_the_recipe_and_the_proof() -> None:
    """Every field that decides the bytes is there, with the picture's own seed and the pixels' digest."""
    wanted = request(seed=2**63 - 2, size="2x1", negative_prompt="blue", guidance_interval=[0.5, 2.0])
    picture = Image.frombytes("RGB", (2, 1), PIXELS.content)
    receipt = receipt_of(wanted, EVENT, PIXELS, picture, "abc")
    digest = hashlib.sha256(PIXELS.content).hexdigest()
    assert receipt == {
        "version": 3,
        "model": "trouvere-icons",
        "model_digest": "abc",
        "prompt": "a red horse",
        "negative_prompt": "blue",
        "seed": 1,
        "sampler": "dpmpp_2m",
        "grid": "karras",
        "steps": 10,
        "guidance": 3.0,
        "guidance_interval": [0.5, 2.0],
        "evaluations": 9,
        "evaluations_planned": 10,
        "evaluations_saved": 0,
        "rows": 14,
        "finish_reason": "deadline",
        "precision": "float32",
        "size": "2x1",
        "native_size": "2x1",
        "resampling": None,
        "mask": None,
        "control": {},
        "control_scale": 0.0,
        "autoguidance": 0.0,
        "background": "opaque",
        "output_format": "png",
        "source": None,
        "neighbours": [],
        "latent_sha256": hashlib.sha256(b"latent").hexdigest(),
        "native_sha256": digest,
        "pixels_sha256": digest,
    }
    assert json.loads(receipt_json(receipt)) == receipt


def test_resampling_is_said() -> None:
    """A picture delivered larger than drawn names the filter, and both digests."""
    picture = Image.new("RGB", (4, 2))
    receipt = receipt_of(request(size="4x2"), EVENT, PIXELS, picture, None)
    assert (receipt["native_size"], receipt["size"], receipt["resampling"]) == ("2x1", "4x2", "lanczos")
    assert receipt["pixels_sha256"] == hashlib.sha256(bytes(24)).hexdigest()
    assert receipt["native_sha256"] == hashlib.sha256(PIXELS.content).hexdigest()


@pytest.mark.parametrize(("sampler", "planned", "spared"), [("dpmpp_2m", 6, 4), ("heun", 7, 12)])
def test_what_a_source_saves_is_counted_in_evaluations(sampler: str, planned: int, spared: int) -> None:
    """Ten steps are ten evaluations, or nineteen by Heun; what is not planned of them is saved."""
    source = {"digest": "d", "sigma": 2.0, "item": "a", "similarity": 0.9, "why": "auto"}
    wanted = request(size="2x1", source=source, sampler=sampler)
    event = EngineEvent("job", EventType.IMAGE, 0, planned, planned, PIXELS, 9, "stop")
    receipt = receipt_of(wanted, event, PIXELS, Image.new("RGB", (2, 1)), None)
    assert receipt["evaluations_saved"] == spared
    assert receipt["source"] == source | {"is_latent": False}
