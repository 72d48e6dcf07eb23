"""Tests that a request for pictures is read in OpenAI's words and in ours."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.api.schemas.images import CONTROL_SCALE, NATIVE, STEPS, GenerationBody, wire_names
from app.domain.errors import InvalidInput
from app.generate.prime import Prime


def body(**fields: object) -> GenerationBody:
    """Return a body with a prompt and these fields."""
    return GenerationBody.model_validate({"prompt": "a red boat", **fields})


def test_a_prompt_alone_is_enough_and_draws_its_own_seed() -> None:
    """Defaults are the service's; two requests without a seed differ."""
    first, second = body().to_request(), body().to_request()
    assert (first.prompt, first.size, first.steps, first.sampler) == ("a red boat", NATIVE, 10, "dpmpp_2m")
    assert first.seed != second.seed
    assert 0 <= first.seed < 2**53


@pytest.mark.parametrize("quality", STEPS)
def test_quality_chooses_steps_unless_they_are_given(quality: str) -> None:
    """OpenAI's qualities are step counts here; explicit steps and sampler win."""
    assert body(quality=quality).to_request().steps == STEPS[quality]
    chosen = body(quality=quality, steps=3, sampler="euler").to_request()
    assert (chosen.steps, chosen.sampler) == (3, "euler")


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": ""},
        {"n": 0},
        {"n": 11},
        {"size": "big"},
        {"quality": "ultra"},
        {"output_format": "bmp"},
        {"background": "blue"},
        {"prime": "often"},
        {"control_scale": -1},
        {"autoguidance": 11},
        {"partial_images": 4},
        {"seed": -1},
        {"seed": 2**63},
        {"guidance": 0.5},
        {"output_compression": 101},
        {"colour": "red"},
    ],
)
def test_what_is_not_offered_is_refused(wrong: dict[str, object]) -> None:
    """Every unsupported value is an error that names its field."""
    with pytest.raises(ValidationError) as caught:
        body(**wrong)
    assert caught.value.errors()[0]["loc"][:1] == tuple(wrong)


def test_previews_want_a_stream() -> None:
    """Partial images without `stream` would never be sent: that is refused, not ignored."""
    with pytest.raises(InvalidInput) as caught:
        body(partial_images=2).to_request()
    assert caught.value.field == "partial_images"
    assert body(partial_images=2, stream=True).to_request().partial_images == 2


def test_a_guidance_interval_has_an_order() -> None:
    """Low comes before high."""
    with pytest.raises(InvalidInput) as caught:
        body(guidance_interval=[3.0, 0.2]).to_request()
    assert caught.value.field == "guidance_interval"


def test_an_answer_repeats_what_was_settled() -> None:
    """Format, quality and size are told as OpenAI's answers tell them."""
    asked = body(quality="high", output_format="webp")
    assert asked.echo(asked.to_request()) == {
        "background": "opaque",
        "output_format": "webp",
        "quality": "high",
        "size": NATIVE,
    }


@pytest.mark.parametrize(
    ("fields", "prime"),
    [
        ({}, Prime()),
        ({"seed": 5}, None),
        ({"seed": 5, "prime": "auto"}, Prime()),
        ({"prime": "never"}, None),
        ({"seed": 5, "prime": {"item": "a", "strength": 0.5}}, Prime("a", 0.5)),
    ],
)
def test_with_a_seed_nothing_is_reused_unless_asked(fields: dict[str, object], prime: Prime | None) -> None:
    """A seed alone means from noise; `prime` says otherwise, or says never."""
    assert body(**fields).to_prime() == prime


def test_control_has_a_strength_of_its_own() -> None:
    """Classes alone are steered to at the usual scale; without classes there is no scale."""
    assert body().to_request().control_scale == 0
    assert body(control={"weight": "bold"}).to_request().control_scale == CONTROL_SCALE
    assert body(control={"weight": "bold"}, control_scale=7).to_request().control_scale == 7


def test_refusals_speak_of_the_fields_that_were_sent() -> None:
    """What the use case calls compression is output_compression on the wire; other names stay."""
    for theirs, ours in (("compression", "output_compression"), ("steps", "steps")):
        with pytest.raises(InvalidInput) as caught, wire_names():
            raise InvalidInput(theirs, "no")
        assert caught.value.field == ours
