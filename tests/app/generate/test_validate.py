"""Every value that cannot be served is refused with the name of its field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from app.domain.errors import InvalidInput
from app.domain.jobs import Source
from app.generate.validate import checked, drawn_size, may_begin, supported_sizes
from tests.app.generate.studio import request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Drawn:
    """A model that draws 128 x 128 and 192 x 192, and has a classifier of weights."""

    model = "trouvere-icons"
    native_size = (128, 128)
    sizes = ((128, 128), (192, 192))
    controls: ClassVar[Mapping[str, Sequence[str]]] = {"weight": ("bold", "thin")}
    guidances: ClassVar[tuple[str, ...]] = ("classifier_free", "classifier")
    neighbours = 2


MODEL = Drawn()
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
    ("autoguidance", 10.5),
    ("autoguidance", 1.5),
    ("control_scale", -1.0),
    ("control_scale", 2.0),
    ("background", "blue"),
    ("mask", "abc"),
    ("size", "129x128"),
    ("size", "2048x2048"),
    ("size", "128x256"),
]


class Distilled(Drawn):
    """The same with a few-step head."""

    guidances = ("classifier_free", "classifier", "auto", "distilled")
    neighbours = 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 3),
        ("grid", "betas"),
        ("guidance", 1.0),
        ("guidance_interval", (0.0, 5.0)),
        ("negative_prompt", "dog"),
        ("autoguidance", 2.0),
        ("control", {"weight": "bold"}),
    ],
)
def test_what_the_few_step_head_cannot_do_is_named(field: str, value: Any) -> None:
    """It takes 1, 2 or 4 steps of its own grid, guided as it was distilled, from noise alone."""
    wanted = request(sampler="few", steps=4)
    settled = checked(wanted, Distilled())
    assert (settled.sampler, settled.grid, settled.steps) == ("few", "trailing", 4)
    with pytest.raises(InvalidInput) as refusal:
        checked(request(**{"sampler": "few", "steps": 4, field: value}), Distilled())
    assert refusal.value.field == field


def test_only_a_model_with_a_few_step_head_offers_it() -> None:
    """Without the head its sampler is refused; with it no picture can be begun from."""
    few = request(sampler="few", steps=2)
    for wanted, model in ((few, MODEL), (replace(few, source=Source("a" * 64, 1.0)), Distilled())):
        with pytest.raises(InvalidInput) as refusal:
            checked(wanted, model)
        assert refusal.value.field == "sampler"
    assert [may_begin(few, None), may_begin(request(), "heart")] == [False, True]
    with pytest.raises(InvalidInput, match="noise alone"):
        may_begin(few, "heart")


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_named(field: str, value: Any) -> None:
    """One wrong field is refused under its own name."""
    with pytest.raises(InvalidInput) as refusal:
        checked(request(**{field: value}), MODEL)
    assert refusal.value.field == field


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    """The message for a sampler nobody knows lists those that exist."""
    with pytest.raises(InvalidInput, match=r"dpmpp_2m.*euler"):
        checked(request(sampler="magic"), MODEL)


@pytest.mark.parametrize(
    ("asked", "settled"), [("auto", "128x128"), ("128x128", "128x128"), ("192x192", "192x192")]
)
def test_sizes_are_native_its_doublings_or_drawn(asked: str, settled: str) -> None:
    """Auto is the model's own size; 2, 4 and 8 times it are offered too, and what else it draws."""
    assert checked(request(size=asked), MODEL).size == settled
    assert supported_sizes(MODEL) == ("128x128", "256x256", "512x512", "1024x1024", "192x192")


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
        control={"weight": "thin"},
        control_scale=100.0,
        background="transparent",
    )
    assert checked(wanted, MODEL) == wanted


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "svg", "compression": 50}, "compression"),
        ({"format": "svg", "partial_images": 1}, "partial_images"),
        ({"format": "jpeg", "background": "transparent"}, "background"),
        ({"control": {"mood": "sad"}}, "control.mood"),
        ({"control": {"weight": "purple"}}, "control.weight"),
        ({"source": {"digest": "d", "sigma": 0.0}}, "strength"),
    ],
)
def test_what_does_not_go_together_is_named(fields: dict[str, Any], field: str) -> None:
    """A value that the others rule out is refused under its own name."""
    with pytest.raises(InvalidInput) as refusal:
        checked(request(**fields), MODEL)
    assert refusal.value.field == field


def test_an_unknown_class_is_answered_with_the_known_ones() -> None:
    """The message lists the classes of that kind."""
    with pytest.raises(InvalidInput, match="bold, thin"):
        checked(request(control={"weight": "purple"}), MODEL)


def test_a_picture_may_come_without_words() -> None:
    """What begins from a picture needs no prompt, and is drawn at the model's size for what is resampled."""
    wanted = checked(request(prompt="", source={"digest": "d", "sigma": 1.0}, size="256x256"), MODEL)
    assert wanted.source == Source("d", 1.0)
    assert drawn_size(wanted, MODEL) == (128, 128)
    assert drawn_size(checked(request(size="192x192"), MODEL), MODEL) == (192, 192)
