"""Where diffusers has the same sampler, it ends in the same picture from the same noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from models.diffusion import grids, samplers
from models.diffusion.trajectory import finish, trajectory
from tests.models.diffusion.test_samplers import at
from tests.oracles.mixture import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

diffusers: Any = pytest.importorskip("diffusers", reason="diffusers is an oracle, not a dependency")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

# A divisor of 1000: DDIM derives the next time from the whole part of 1000 / NUM.
NUM = 10
BETAS = np.linspace(0.0001, 0.02, 1000)
GRID = grids.trailing_of(grids.ladder(BETAS.tolist()), NUM)
START = GRID[0] * torch.randn(6, 2, generator=torch.Generator().manual_seed(1))
SEED = 7


def vp(sigma: float) -> float:
    """The variance-preserving scale."""
    return 1 / math.sqrt(1 + sigma * sigma)


def ve(sigma: float) -> float:
    """The variance-exploding scale."""
    return sigma / sigma


@dataclass(frozen=True, slots=True)
class Case:
    """One of our samplers, the scheduler that should agree, and the scale its state lives on."""

    sampler: samplers.Sampler
    scheduler: str
    scale: Callable[[float], float]
    config: dict[str, Any] = field(default_factory=dict)
    eta: dict[str, float] = field(default_factory=dict)
    draws: bool = False


MULTISTEP = {"solver_order": 2, "final_sigmas_type": "zero", "lower_order_final": True}
SDE = {**MULTISTEP, "algorithm_type": "sde-dpmsolver++"}
DDIM = {"clip_sample": False, "set_alpha_to_one": True}
CASES = {
    "euler": Case(samplers.euler, "EulerDiscrete", ve),
    "heun": Case(samplers.heun, "HeunDiscrete", ve),
    "ancestral": Case(samplers.ancestral, "EulerAncestralDiscrete", ve, draws=True),
    "ddim": Case(samplers.ddim, "DDIM", vp, DDIM),
    "ddim, eta 0.5": Case(partial(samplers.ddim, eta=0.5), "DDIM", vp, DDIM, {"eta": 0.5}, draws=True),
    "dpmpp_2m": Case(samplers.dpmpp_2m, "DPMSolverMultistep", vp, MULTISTEP),
    "dpmpp_2m_sde": Case(samplers.dpmpp_2m_sde, "DPMSolverMultistep", vp, SDE, draws=True),
    "unipc": Case(samplers.unipc, "UniPCMultistep", vp, {**MULTISTEP, "solver_type": "bh2"}),
}


def ours(case: Case) -> Tensor:
    """The picture our table ends in, its noise drawn from the generator in order."""
    generator = torch.Generator().manual_seed(SEED)
    walk = trajectory(
        trio().denoise, case.sampler(GRID), START.double(), lambda _: torch.randn(6, 2, generator=generator)
    )
    return finish(walk)


def theirs(case: Case) -> Tensor:
    """The picture diffusers ends in; its state is scale(sigma)·(clean + sigma·noise)."""
    scheduler = getattr(diffusers, f"{case.scheduler}Scheduler")(
        num_train_timesteps=1000, trained_betas=BETAS, timestep_spacing="trailing", **case.config
    )
    scheduler.set_timesteps(NUM)
    arguments: dict[str, Any] = dict(case.eta)
    if case.draws:
        arguments["generator"] = torch.Generator().manual_seed(SEED)
    x = case.scale(GRID[0]) * START
    for row, t in zip(case.sampler(GRID).rows, scheduler.timesteps, strict=True):
        scheduler.scale_model_input(x, t)
        plain = x.double() / case.scale(row.sigma)
        epsilon = (plain - at(trio())(plain, row.sigma)) / row.sigma
        x = scheduler.step(epsilon.to(x), t, x, **arguments).prev_sample
    return x.double()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_pictures_agree(case: Case) -> None:
    """On a thousand linear betas with trailing steps the end is the same, to single precision."""
    assert (theirs(case) - ours(case)).abs().max() < 2e-5
