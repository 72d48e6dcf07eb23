"""A receipt is proven by making its picture again, or refused with what is wrong in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import Conflict, InvalidInput, Unavailable
from app.domain.jobs import Source
from app.generate.proof import Replays, differences, request_of
from tests.app.generate.studio import FakeEngine, open_desk, request

if TYPE_CHECKING:
    from pathlib import Path

    from app.generate.proof import Proof

DIGEST = "f" * 64
GOOD: dict[str, Any] = {
    "version": 2,
    "model": "trouvere-icons",
    "model_digest": DIGEST,
    "prompt": "a red horse",
    "seed": 9,
    "sampler": "euler",
    "grid": "karras",
    "steps": 4,
    "guidance": 3.0,
    "guidance_interval": [0.2, 3.0],
    "size": "4x4",
    "native_sha256": "a",
    "pixels_sha256": "b",
}


def replayed(folder: Path, receipt: dict[str, Any] | None, **changes: Any) -> Proof:
    """Make a picture when there is no receipt, then replay its own with changes."""

    async def scenario() -> Proof:
        engine = FakeEngine(failing=frozenset({0}) if receipt == {} else frozenset())
        engine.go.set()
        async with open_desk(folder, engine) as desk:
            told = receipt or GOOD
            if receipt is None:
                job = await desk.service.submit(request(seed=41, num_images=2, background="transparent"))
                told = dict((await desk.service.wait(job.id)).pictures[1].receipt)
            replays = Replays(desk.service, desk.store.blobs, lambda: DIGEST)
            return await replays.replay({**told, **changes})

    return asyncio.run(scenario())


def test_a_receipt_is_proven_by_the_same_pixels(tmp_path: Path) -> None:
    """The second picture of two is made again alone, unsaved, from its own seed; nothing differs."""
    proof = replayed(tmp_path, None)
    assert (proof.is_equal, proof.differences) == (True, {})
    assert (proof.job.request.seed, proof.job.request.save, proof.picture.item) == (42, False, None)


def test_another_picture_is_told_by_what_differs(tmp_path: Path) -> None:
    """A receipt with the digest of other pixels is not proven, and says which; counts alone do no harm."""
    proof = replayed(tmp_path, None, pixels_sha256="0" * 64)
    assert not proof.is_equal
    assert list(proof.differences) == ["pixels_sha256"]
    assert replayed(tmp_path, None, rows=99).is_equal


def test_another_model_is_a_conflict(tmp_path: Path) -> None:
    """What another model drew cannot be proven here; a receipt that names none cannot be at all."""
    with pytest.raises(Conflict, match="model_digest"):
        replayed(tmp_path, GOOD, model_digest="0" * 64)
    with pytest.raises(InvalidInput) as refusal:
        replayed(tmp_path, GOOD, model_digest=None)
    assert refusal.value.field == "receipt.model_digest"


def test_a_source_that_is_gone_is_named(tmp_path: Path) -> None:
    """The picture or the mask it began from must be in the store."""
    with pytest.raises(InvalidInput) as refusal:
        replayed(tmp_path, GOOD, source={"digest": "0" * 64, "sigma": 1.0})
    assert refusal.value.field == "receipt.source.digest"


def test_a_picture_that_cannot_be_made_proves_nothing(tmp_path: Path) -> None:
    """A failure is Unavailable with its reason."""
    with pytest.raises(Unavailable, match="it broke"):
        replayed(tmp_path, {})


def test_a_model_that_is_not_loaded_is_waited_for_elsewhere(tmp_path: Path) -> None:
    """Before the model's digest is known nothing can be compared."""

    async def scenario() -> None:
        async with open_desk(tmp_path, FakeEngine()) as desk:
            with pytest.raises(Unavailable, match="not loaded"):
                await Replays(desk.service, desk.store.blobs, lambda: None).replay(GOOD)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": 99}, "version"),
        ({"version": "1"}, "version"),
        ({"prompt": 5}, "prompt"),
        ({"seed": True}, "seed"),
        ({"steps": "ten"}, "steps"),
        ({"guidance_interval": [1]}, "guidance_interval"),
        ({"guidance_interval": ["a", "b"]}, "guidance_interval"),
        ({"control": {"weight": 1}}, "control"),
        ({"control": []}, "control"),
        ({"source": {}}, "source"),
        ({"source": {"digest": "d", "sigma": "x"}}, "source"),
        ({"source": {"digest": "d", "sigma": 1, "colour": 2}}, "source"),
        ({"finish_reason": "deadline"}, "finish_reason"),
    ],
)
def test_a_broken_receipt_names_its_part(changes: dict[str, Any], field: str) -> None:
    """Every part that cannot be used is refused by name."""
    with pytest.raises(InvalidInput) as refusal:
        request_of({**GOOD, **changes})
    assert refusal.value.field == f"receipt.{field}"


@pytest.mark.parametrize("field", ["model", "seed", "size", "pixels_sha256"])
def test_what_every_receipt_has_must_be_there(field: str) -> None:
    """A part that is missing is named."""
    with pytest.raises(InvalidInput) as refusal:
        request_of({name: value for name, value in GOOD.items() if name != field})
    assert refusal.value.field == f"receipt.{field}"


def test_a_receipt_is_the_request_it_was_written_for() -> None:
    """Sources, masks, controls and formats come back; a lossy file is proven by its pixels."""
    more = {
        "source": {
            "digest": "d",
            "sigma": 1.5,
            "is_latent": True,
            "item": "i",
            "similarity": 0.9,
            "why": "auto",
        }
    }
    made = request_of({**GOOD, **more, "mask": "m", "control": {"weight": "bold"}, "output_format": "svg"})
    assert made.source == Source("d", 1.5, True, "i", 0.9, "auto")
    assert (made.mask, made.control, made.format, made.guidance_interval) == (
        "m",
        {"weight": "bold"},
        "svg",
        (0.2, 3.0),
    )
    assert request_of({**GOOD, "version": 1, "output_format": "jpeg"}).format == "png"


def test_an_older_receipt_is_compared_by_what_it_says() -> None:
    """A field that it does not have is no difference."""
    said, found = {"pixels_sha256": "a", "rows": 3}, {"pixels_sha256": "a", "rows": 4, "latent_sha256": "c"}
    assert differences(said, found) == {"rows": (3, 4)}
