"""What a picture begins from is encoded once, kept where the mask says, and pasted back to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from app.domain.engine import Pixels, Plane, Start
from app.worker.assembly import recipe_of
from app.worker.latents import to_bytes, to_pictures
from app.worker.origin import origin_of, pasted
from app.worker.prompts import Prompts
from app.worker.runner import Runner
from models.diffusion import noise
from tests.app.worker.studio import engine_of, order, pictures, run, solo
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from app.worker.task import Task

RANDOM = np.random.default_rng(3)
SOURCE = Pixels(16, 16, RANDOM.integers(0, 256, 768, np.uint8).tobytes())
LEFT = np.zeros((16, 16), np.uint8)
LEFT[:, 6:] = 255
MASK = Plane(16, 16, LEFT.tobytes())  # keeps six columns; position 1 is half kept, so it is drawn anew


def task_of(start: Start | None, mask: Plane | None = None, **request: Any) -> Task:
    """Return the task of an order for one picture."""
    (task,) = recipe_of(TinySystem()).tasks(order("a", start=start, mask=mask, **request))
    return task


def test_pixels_and_latents_begin_alike() -> None:
    """A picture's own latent, given as bytes, is the same start to float16."""
    system = TinySystem()
    seen = origin_of(task_of(Start(2.0, pixels=SOURCE)), system)
    assert seen is not None
    assert torch.equal(seen.clean, system.encode(to_pictures(SOURCE))[0])
    kept = origin_of(task_of(Start(2.0, latent=to_bytes(seen.clean))), system)
    assert kept is not None
    assert torch.equal(kept.clean, seen.clean.half().float())
    assert origin_of(task_of(None), system) is None


def test_the_first_state_is_the_source_noised_to_the_level() -> None:
    """The state entering the first row is clean + sigma·noise with the picture's own first draw."""
    system = TinySystem()
    runner = Runner(system, Prompts(system))
    task = task_of(Start(3.0, pixels=SOURCE), seed=11, steps=12)
    canvas = runner._canvas(task)
    expected = system.encode(to_pictures(SOURCE))[0] + task.row.sigma * noise.normal(11, 0, 0, task.shape)
    torch.testing.assert_close(canvas.state, expected)
    assert task.row.sigma <= 3.0


@pytest.mark.parametrize("name", ["euler", "heun", "dpmpp_2m", "unipc", "ancestral", "edm_churn"])
def test_what_is_kept_stays_the_source_at_every_level(name: str) -> None:
    """Before each row the kept part is the source with as much noise as the level says, at last with none."""
    system = TinySystem()
    runner = Runner(system, Prompts(system))
    task = task_of(Start(40.0, pixels=SOURCE), MASK, sampler=name, steps=6, seed=5)
    clean = system.encode(to_pictures(SOURCE))[0]
    deviations = []
    for position in range(task.num_steps):
        task.position = position
        before = runner._canvas(task).state
        deviations.append(float((before - clean)[:, :, :1].std()) / task.row.sigma)
        assert runner.run([task]) == [None]
    assert all(0.5 < deviation < 1.6 for deviation in deviations), deviations
    torch.testing.assert_close(runner.result(task)[:, :, :1], clean[:, :, :1], atol=1e-4, rtol=1e-4)
    assert not torch.allclose(runner.result(task)[:, :, 1:], clean[:, :, 1:], atol=0.05)


def test_kept_pixels_come_back_to_the_byte() -> None:
    """Where the mask is 0 the picture is the source, and elsewhere it is not, previews included."""
    engine = engine_of()
    engine.submit(order("a", start=Start(40.0, pixels=SOURCE), mask=MASK, steps=6, partial_images=1))
    (picture,) = pictures(run(engine)).values()
    drawn, source = (np.frombuffer(one, np.uint8).reshape(16, 16, 3) for one in (picture, SOURCE.content))
    assert (drawn[LEFT == 0] == source[LEFT == 0]).all()
    assert (drawn[LEFT == 255] != source[LEFT == 255]).mean() > 0.5


def test_a_mask_in_between_blends() -> None:
    """Half a mask is half of each; a preview of another size is left as it is."""
    half = Plane(16, 16, bytes([128]) * 256)
    task = task_of(Start(1.0, pixels=SOURCE), half)
    black = Pixels(16, 16, bytes(768))
    blended = np.frombuffer(pasted(black, task).content, np.uint8).astype(int)
    expected = np.frombuffer(SOURCE.content, np.uint8) * (127 / 255)
    assert np.abs(blended - expected).max() <= 0.5 + 1e-6
    small = Pixels(4, 4, bytes(48))
    assert pasted(small, task) is small


def test_what_does_not_fit_fails_alone() -> None:
    """Starts and masks of another size, and a mask without a source, fail their own jobs with the reason."""
    wrong = {
        "latent": {"start": Start(1.0, latent=b"1234")},
        "pixels": {"start": Start(1.0, pixels=Pixels(2, 2, bytes(12)))},
        "nothing": {"start": Start(1.0)},
        "other size": {"start": Start(1.0, pixels=Pixels(24, 16, bytes(24 * 16 * 3)))},
        "no source": {"mask": MASK},
        "mask": {"start": Start(1.0, pixels=SOURCE), "mask": Plane(3, 3, bytes(9))},
        "bytes": {"start": Start(1.0, pixels=SOURCE), "mask": Plane(16, 16, bytes(9))},
    }
    engine, good = engine_of(), order("good")
    for name, parts in wrong.items():
        engine.submit(order(name, **parts))  # type: ignore[arg-type]  # fields by name
    engine.submit(good)
    events = run(engine)
    errors = {event.job_id: event.error for event in events if event.error}
    assert set(errors) == set(wrong)
    assert "float16" in (errors["latent"] or "")
    assert "no source" not in (errors["mask"] or "")
    assert pictures(events) == solo(good)


def test_a_finished_picture_brings_its_latent_and_can_be_gone_on_from() -> None:
    """From the latent of a picture, a little noised, one evaluation leads to almost the same picture."""
    engine = engine_of()
    engine.submit(order("a", steps=8))
    (first,) = [event for event in run(engine) if event.latent is not None]
    engine.submit(order("b", start=Start(0.03, latent=first.latent), steps=8))
    (second,) = [event for event in run(engine) if event.latent is not None]
    assert (first.step, second.step, second.num_steps) == (8, 1, 1)
    one, other = (
        np.frombuffer(event.pixels.content, np.uint8).astype(int) for event in (first, second) if event.pixels
    )
    assert np.abs(one - other).mean() < 12
