"""Every value that cannot be served is refused with the name of its field."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.generate.validate import checked, supported_sizes
from tests.app.generate.studio import request

WRONG: list[tuple[str, Any]] = [
    ("prompt", "  "),
    ("prompt", "x" * 4001),
    ("negative_prompt", "x" * 4001),
    ("model", "dall-e-2"),
    ("sampler", "magic"),
    ("grid", "magic"),
    ("format", "gif"),
    ("seed", -1),
    ("seed", 2**63),
    ("num_images", 0),
    ("num_images", 11),
    ("steps", 0),
    ("steps", 201),
    ("guidance", -0.1),
    ("guidance", float("nan")),
    ("guidance_interval", [2.0, 2.0]),
    ("guidance_interval", [-1.0, 2.0]),
    ("partial_images", 4),
    ("priority", 11),
    ("compression", 101),
    ("compression", 50),
    ("deadline_ms", 0.0),
    ("deadline_ms", 3_600_001.0),
    ("at_deadline", "maybe"),
    ("size", "129x128"),
    ("size", "2048x2048"),
    ("size", "128x256"),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_named(field: str, value: Any) -> None:
    """One wrong field is refused under its own name."""
    with pytest.raises(InvalidInput) as refusal:
        checked(request(**{field: value}), "trouvere-icons", (128, 128))
    assert refusal.value.field == field


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    """The message for a sampler nobody knows lists those that exist."""
    with pytest.raises(InvalidInput, match=r"dpmpp_2m.*euler"):
        checked(request(sampler="magic"), "trouvere-icons", (128, 128))


@pytest.mark.parametrize(
    ("asked", "settled"), [("auto", "128x128"), ("128x128", "128x128"), ("1024x1024", "1024x1024")]
)
def test_sizes_are_native_or_its_doublings(asked: str, settled: str) -> None:
    """Auto is the model's own size; 2, 4 and 8 times it are offered too."""
    assert checked(request(size=asked), "trouvere-icons", (128, 128)).size == settled
    assert supported_sizes((128, 128)) == ("128x128", "256x256", "512x512", "1024x1024")


def test_everything_at_its_limit_is_fine() -> None:
    """The largest values of every field pass, and nothing but the size is changed."""
    wanted = request(
        prompt="x" * 4000,
        seed=2**63 - 1,
        num_images=10,
        steps=200,
        guidance=30.0,
        partial_images=3,
        priority=-10,
        format="webp",
        compression=0,
        deadline_ms=3_600_000.0,
        at_deadline="fail",
        size="256x256",
    )
    assert checked(wanted, "trouvere-icons", (128, 128)) == wanted
