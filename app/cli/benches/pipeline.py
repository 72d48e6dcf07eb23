"""Serves requests as diffusers' pipelines run them: its own scheduler, one request at a time, padded."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from app.cli.benches.contenders import PipelineLoop
from models.diffusion import noise

if TYPE_CHECKING:
    from torch import Tensor

    from app.worker.system import System
    from app.worker.task import Task


class DiffusersLoop(PipelineLoop):
    """The loop of a text-to-image pipeline around `diffusers.EulerDiscreteScheduler`.

    The scheduler is given the noise levels that the sampler asked for visits, each once, and takes the
    denoiser's clean estimate (`prediction_type="sample"`); samplers that evaluate twice at a level
    cost it less than they cost the others. Needs the package diffusers.
    """

    def __init__(self, system: System) -> None:
        from diffusers import EulerDiscreteScheduler  # here, so that no request waits for the import

        super().__init__(system)
        self._make: Any = EulerDiscreteScheduler  # diffusers has no types
        self._scheduler: Any = None

    def _begin(self, task: Task) -> tuple[Tensor, Tensor, Tensor]:
        state, *rest = super()._begin(task)
        levels = sorted({row.sigma for row in task.table.rows}, reverse=True)
        self._scheduler = self._make(prediction_type="sample")
        with warnings.catch_warnings():  # of numpy, about how it reads a tensor
            warnings.simplefilter("ignore", DeprecationWarning)
            self._scheduler.set_timesteps(sigmas=[*levels, 0.0])
        self._scheduler.set_begin_index(0)  # levels above its own schedule's share one time
        first = levels[0] * noise.normal(task.seed, 0, 0, task.shape)[None]
        return first.to(state.dtype), rest[0], rest[1]

    def _next(self, task: Task, states: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        state, anchor, _ = states
        time = self._scheduler.timesteps[task.position]
        self._scheduler.scale_model_input(state, time)  # a step wants it called; our denoiser scales itself
        level = float(self._scheduler.sigmas[task.position])
        denoised = self._denoised(task, state, level)
        return self._scheduler.step(denoised, time, state).prev_sample, anchor, denoised

    def _is_done(self, task: Task) -> bool:
        return task.position == len(self._scheduler.timesteps)


def pipeline_loop(system: System) -> tuple[str, PipelineLoop]:
    """Return diffusers' loop with its name; without diffusers the same loop with our update."""
    if find_spec("diffusers") is None:
        return "a pipeline's loop", PipelineLoop(system)
    return "diffusers' pipeline loop", DiffusersLoop(system)
