"""Tells a network of the diffusers format its own time, and reads its answer as a denoised picture.

Here x = clean + sigma·noise. A discrete-time network (Ho et al. 2020) saw sqrt(abar)·x at steps
0 … T - 1, a rectified flow (Liu et al. 2023) saw (1 - t)·x at T·t; both follow from sigma.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch

from models.checkpoint import CheckpointError
from models.diffusion import grids, precondition
from models.diffusion.paths import Straight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from models.types import Conditioning, Denoiser

# Where abar would be 0 and sigma infinite; the floor that diffusers uses for its Euler method.
_LEAST_ABAR = 2.0**-24
_BETA_LIMIT = 0.999


class Timed(Protocol):
    """The network itself: the state at its own scale (B, C, h, w) and its own time (B,) to its prediction."""

    def __call__(self, x: Tensor, timestep: Tensor, cond: Conditioning | None, /) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """What a scheduler's configuration says about a network: its prediction and its times.

    prediction: "epsilon" (noise), "v_prediction" or "flow" (noise - clean).
    steps:      T, the number of training times.
    levels:     sigma at each time 0 … T - 1, increasing; empty for a flow, whose time is continuous.
    """

    prediction: str
    steps: int
    levels: tuple[float, ...] = ()

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and highest noise level worth asking about; a flow's highest is Straight's horizon."""
        if self.levels:
            return self.levels[0], self.levels[-1]
        horizon = Straight().horizon
        return 1 / (self.steps - 1), horizon / (1 - horizon)

    def timestep(self, sigma: Tensor) -> Tensor:
        """Return the network's time (B,) float64 of noise levels (B,) float64.

        A flow's is T·t with t = sigma / (1 + sigma). A discrete-time network's is the whole number
        of its step where sigma is a training level, the straight line in log sigma between two
        neighbours otherwise, and the nearest end outside: the embedding of time is continuous, and
        log sigma is nearly linear in it from step to step.
        """
        if not self.levels:
            return self.steps * Straight().time(sigma)
        logs = sigma.new_tensor(self.levels).log()
        after = torch.searchsorted(logs, sigma.log().contiguous()).clamp(1, len(logs) - 1)
        low, high = logs[after - 1], logs[after]
        return after - 1 + ((sigma.log() - low) / (high - low)).clamp(0, 1)

    def denoiser(self, network: Timed) -> Denoiser:
        """Make D(x; sigma, cond) of the network; the change of scale is computed in float64.

        The network sees float32. Whatever it predicts, `models.diffusion.precondition` names the
        paper and the equation that turns it into the clean picture.
        """
        inner = self._inner(network)

        def denoise(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
            return inner(x.double(), sigma.double(), cond).to(x.dtype)

        return denoise

    def _inner(self, network: Timed) -> Denoiser:
        def ask(x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:
            return network(x.float(), self.timestep(sigma).float(), cond).double()

        if self.prediction == "epsilon":
            return precondition.noise_prediction(ask)
        if self.prediction == "v_prediction":
            # The label is the angle arctan sigma.
            return precondition.v_prediction(lambda x, angle, cond: ask(x, angle.tan(), cond))
        # The label is t, so sigma = t / (1 - t).
        return precondition.flow_prediction(lambda x, t, cond: ask(x, t / (1 - t), cond))


def flow_clock(config: Mapping[str, Any]) -> Clock:
    """Read the scheduler of a rectified flow. Its shift moves grids, never the meaning of a time.

    Raises CheckpointError for a scheduler of another kind.
    """
    if not str(config.get("_class_name", "")).startswith("FlowMatch"):
        raise CheckpointError(f"scheduler {config.get('_class_name')} is not one of a rectified flow")
    return Clock("flow", int(config.get("num_train_timesteps", 1000)))


def discrete_clock(config: Mapping[str, Any]) -> Clock:
    """Read the scheduler of a discrete-time network.

    Raises CheckpointError for a prediction or a schedule of betas that is not known here.
    """
    prediction = str(config.get("prediction_type", "epsilon"))
    if prediction not in {"epsilon", "v_prediction"} or str(config.get("_class_name")).startswith("EDM"):
        raise CheckpointError(f"scheduler {config.get('_class_name')} with {prediction} is not known here")
    steps = int(config.get("num_train_timesteps", 1000))
    levels = grids.ladder(_betas(config, steps))
    if config.get("rescale_betas_zero_snr"):
        levels = _without_signal(levels)
    return Clock(prediction, steps, levels)


def _betas(config: Mapping[str, Any], steps: int) -> list[float]:
    trained = config.get("trained_betas")
    if trained is not None:
        return [float(beta) for beta in trained]
    schedule = config.get("beta_schedule", "linear")
    low, high = float(config.get("beta_start", 1e-4)), float(config.get("beta_end", 0.02))
    places = [i / (steps - 1) for i in range(steps)]
    if schedule == "linear":  # Ho et al. 2020, section 4
        return [low + u * (high - low) for u in places]
    if schedule == "scaled_linear":  # linear in sqrt(beta); Rombach et al. 2022, appendix
        return [(low**0.5 + u * (high**0.5 - low**0.5)) ** 2 for u in places]
    if schedule == "squaredcos_cap_v2":  # Nichol & Dhariwal 2021, eq. 17
        ends = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
        return [min(1 - after / before, _BETA_LIMIT) for before, after in itertools.pairwise(ends)]
    raise CheckpointError(f"a schedule of betas named {schedule} is not known here")


def _without_signal(levels: tuple[float, ...]) -> tuple[float, ...]:
    """Shift and scale sqrt(abar) so that its last value is 0; Lin et al. 2024, algorithm 1."""
    roots = [1 / math.sqrt(1 + sigma * sigma) for sigma in levels]
    first, last = roots[0], roots[-1]
    abars = [max(((root - last) * first / (first - last)) ** 2, _LEAST_ABAR) for root in roots]
    return tuple(math.sqrt((1 - abar) / abar) for abar in abars)
