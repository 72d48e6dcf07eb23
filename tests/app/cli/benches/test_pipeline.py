"""Diffusers' own scheduler, around our denoiser, draws the picture that our Euler sampler draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from app.cli.benches.pipeline import DiffusersLoop, pipeline_loop
from app.domain.jobs import EventType
from models.diffusion import noise
from models.diffusion.guidance import Guidance, classifier_free
from models.diffusion.trajectory import finish, trajectory
from tests.app.worker.studio import order
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    import numpy as np

    from models.types import Conditioning

pytest.importorskip("diffusers")


class Watched(TinySystem):
    """Keeps the latents that it is given to decode."""

    def __init__(self) -> None:
        super().__init__()
        self.finished: list[torch.Tensor] = []

    def decode(self, latents: torch.Tensor) -> np.ndarray:
        self.finished.append(latents)
        return super().decode(latents)


def test_its_euler_is_our_euler() -> None:
    """Two implementations of one sampler over one network and one noise end in the same latent."""
    system = Watched()
    loop = DiffusersLoop(system)
    asked = order("a", steps=5, guidance=3.0, sampler="euler", seed=6)
    loop.submit(asked)
    while loop.has_work:
        loop.turn()
    (task,) = loop._recipe.tasks(asked)

    def told(x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning | None) -> torch.Tensor:
        return system.denoise(x, sigma, cond or system.condition([task.prompt], 6))

    guided = classifier_free(told, system.condition([""], 6), Guidance(3.0))
    start = task.table.start * noise.normal(6, 0, 0, (1, 4, 4, 4))
    expected = finish(trajectory(guided, task.table, start, lambda _: torch.zeros_like(start)))
    assert loop.num_calls == 5
    torch.testing.assert_close(system.finished[0], expected, rtol=1e-3, atol=1e-3)


def test_every_sampler_is_served_one_after_another() -> None:
    """A level is visited once whatever was asked for; one that gives up in the middle leaves no trace."""
    name, loop = pipeline_loop(TinySystem())
    assert name == "diffusers' pipeline loop"
    for job, sampler in (("a", "heun"), ("b", "dpmpp_2m"), ("c", "ancestral")):
        loop.submit(order(job, steps=4, sampler=sampler))
    loop.turn()
    loop.cancel("a")
    made = []
    while loop.has_work:
        made += [event.job_id for event in loop.turn() if event.type is EventType.IMAGE]
    assert made == ["b", "c"]
    assert loop.num_calls == 1 + 4 + 4
