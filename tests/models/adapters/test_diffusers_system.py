"""Folders in the diffusers format, with diffusers itself as the oracle."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from app.worker.prompts import Prompts
from models.adapters.diffusers_system import DiffusersSystem
from models.diffusion import guidance, samplers
from models.diffusion.trajectory import finish, trajectory
from tests.models.adapters.pairs import LATENTS, PROMPTS, SIZE, T5, Pair

if TYPE_CHECKING:
    from pathlib import Path

    from app.worker.system import System

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

STRENGTH = 3.0


def test_a_whole_run_ends_in_the_pipeline_s_picture(pair: Pair) -> None:
    """Our Euler table with guidance and our decoder give the pipeline's pixels from the same noise."""
    pipe, prompt = pair.theirs, PROMPTS[0]
    told: dict[str, Any] = {"guidance_scale": STRENGTH, "num_inference_steps": 4}
    start = LATENTS[:1]
    if pair.is_flow:
        told = {"sigmas": [0.97, 0.7, 0.4, 0.1], "num_inference_steps": 4, "max_sequence_length": T5}
        told["guidance_scale"] = 3.5 if pair.layout == "flux" else STRENGTH
    given = pipe._pack_latents(start, *start.shape) if pair.layout == "flux" else start
    theirs = pipe(prompt, height=SIZE, width=SIZE, latents=given.clone(), output_type="np", **told).images[0]

    # The pipeline's scheduler now holds the grid it walked.
    levels = pipe.scheduler.sigmas.double()
    grid = levels / (1 - levels) if pair.is_flow else levels
    # A flow starts from the noise itself at its scale 1 - t; the others multiply by the first sigma.
    x = start.double() / (1 - levels[0]) if pair.is_flow else start.double() * pipe.scheduler.init_noise_sigma
    scale = guidance.Guidance(1.0 if pair.layout == "flux" else STRENGTH)
    guided = guidance.classifier_free(pair.ours.denoise, pair.ours.condition([""]), scale)
    cond = pair.ours.condition([prompt])
    table = samplers.euler(tuple(grid.tolist()))
    clean = finish(
        trajectory(lambda x, sigma, _: guided(x, sigma, cond), table, x, lambda _: torch.zeros_like(x))
    )
    ours = pair.ours.decode(clean)[0]
    assert np.abs(ours - 255.0 * theirs).max() < 1.0
    assert ours.std() > 5  # a picture, not a flat colour


def test_a_row_s_noise_level_is_its_own(pair: Pair) -> None:
    """Rows of one batch at different levels are, bit for bit, what they are alone."""
    x, sigma = torch.cat([LATENTS, LATENTS]), torch.tensor([0.1, 0.8, 3.0, 9.0])
    cond = pair.ours.condition([*PROMPTS, "", "dog"])
    together = pair.ours.denoise(x, sigma, cond)
    for i, prompt in enumerate([*PROMPTS, "", "dog"]):
        alone = pair.ours.denoise(x[i : i + 1], sigma[i : i + 1], pair.ours.condition([prompt]))
        assert torch.equal(together[i : i + 1], alone)


def test_one_call_for_a_batch_gives_the_same_rows(pair: Pair) -> None:
    """With `batched` set the network is told a vector of times; the rows agree to rounding."""
    batched = DiffusersSystem.load(pair.folder, picture_size=SIZE, length=T5, batched=True)
    x, sigma = torch.cat([LATENTS, LATENTS]), torch.tensor([0.1, 0.8, 3.0, 9.0])
    cond = pair.ours.condition([*PROMPTS, "", "dog"])
    torch.testing.assert_close(
        batched.denoise(x, sigma, cond), pair.ours.denoise(x, sigma, cond), rtol=1e-4, atol=1e-4
    )


def test_without_conditioning_rows_are_told_the_empty_prompt(pair: Pair) -> None:
    """Passing None is passing the conditioning of the empty prompt."""
    sigma = torch.tensor([2.0, 0.3])
    told = pair.ours.denoise(LATENTS, sigma, pair.ours.condition(["", ""]))
    assert torch.equal(pair.ours.denoise(LATENTS, sigma, None), told)


def test_the_span_and_the_size_are_the_checkpoint_s(pair: Pair) -> None:
    """Levels, latent shape and picture size follow from the folder."""
    low, high = pair.ours.sigma_span
    assert (low, high) == pytest.approx(
        (1 / 999, 80.0) if pair.is_flow else (0.02917, 4096.0 if pair.layout == "sd, v" else 14.6146),
        rel=1e-3,
    )
    assert pair.ours.latent_shape == (4, 8, 8)
    assert pair.ours.picture_size == SIZE
    assert pair.ours.name == pair.folder.name


def test_nothing_is_asked_of_a_network(small: Path) -> None:
    """Loading opens no connection and looks no name up."""
    seen: list[str] = []
    open_ears = [True]

    def listen(event: str, _: tuple[object, ...]) -> None:
        if open_ears[0] and event in {"socket.connect", "socket.getaddrinfo"}:
            seen.append(event)

    sys.addaudithook(listen)  # cannot be removed, only deafened
    DiffusersSystem.load(small)
    open_ears[0] = False
    assert seen == []


def test_the_worker_s_prompts_are_its_conditioning(pair: Pair) -> None:
    """Cached one by one by the worker, prompts are bit for bit what they are together."""
    system: System = pair.ours
    cached, direct = (
        Prompts(system).batch([(prompt, ()) for prompt in (*PROMPTS, "")]),
        pair.ours.condition([*PROMPTS, ""]),
    )
    assert torch.equal(cached.tokens, direct.tokens)
    assert torch.equal(cached.pooled, direct.pooled)
