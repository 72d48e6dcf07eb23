"""Runs one model call for many tasks, then guidance, then one advance; owns the tasks' tensors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from app.domain.engine import Pixels
from app.worker.batch import Batch, pack
from models.diffusion import guidance, noise, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from torch import Tensor

    from app.worker.prompts import Prompts
    from app.worker.system import System
    from app.worker.task import Key, Task

NOT_FINITE = "the model's estimate is not a finite number"


class OutOfMemory(Exception):
    """The call does not fit into memory; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The three tensors a task carries from row to row (models.diffusion.tables), each (C, h, w).

    `previous` is the last denoised estimate: what a preview shows.
    """

    state: Tensor
    anchor: Tensor
    previous: Tensor


class Runner:
    """Answers for one call at a time. What it keeps of a task it keeps until `forget`."""

    def __init__(self, system: System, prompts: Prompts) -> None:
        self._system = system
        self._prompts = prompts
        self._canvases: dict[Key, Canvas] = {}

    def __len__(self) -> int:
        return len(self._canvases)

    def run(self, tasks: Sequence[Task]) -> list[str | None]:
        """Do each task's next evaluation and return its error, None when it went well.

        When the call fails, every task is tried alone, so that only the culprit fails. Raises
        OutOfMemory; then no task has moved.
        """
        try:
            following = self._call(pack(tasks))
        except OutOfMemory:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a model raises belongs to its task alone
            if len(tasks) == 1:
                return [f"{type(error).__name__}: {error}"]
            return self.run_alone(tasks)
        return [self._keep(task, canvas) for task, canvas in zip(tasks, following, strict=True)]

    def run_alone(self, tasks: Sequence[Task]) -> list[str | None]:
        """Like `run` with a call of its own for each task; memory that is short is its error too."""
        return [self._alone(task) for task in tasks]

    def estimate(self, task: Task) -> Tensor:
        """Return the denoised estimate (C, h, w) of the task's last evaluation."""
        return self._canvases[task.key].previous

    def result(self, task: Task) -> Tensor:
        """Return the task's state (C, h, w): after the last evaluation, the finished latent."""
        return self._canvases[task.key].state

    def forget(self, task: Task) -> None:
        """Drop what is kept of a task, if anything is."""
        self._canvases.pop(task.key, None)

    def decode(self, latents: Sequence[Tensor]) -> list[Pixels]:
        """Return the pictures of latents (C, h, w). Raises OutOfMemory, or what the model raises."""
        return _pixels(self._system.decode, latents)

    def preview(self, latents: Sequence[Tensor]) -> list[Pixels]:
        """Return quick pictures of latents (C, h, w). Raises like `decode`."""
        return _pixels(self._system.preview, latents)

    def _alone(self, task: Task) -> str | None:
        try:
            return self.run([task])[0]
        except OutOfMemory:
            return "out of memory"

    def _call(self, batch: Batch) -> list[Canvas]:
        canvases = [self._canvas(task) for task in batch.tasks]
        rows = [task.row for task in batch.tasks]
        state, anchor, previous = (
            torch.stack([getattr(canvas, name) for canvas in canvases])
            for name in ("state", "anchor", "previous")
        )
        denoised = self._denoise(batch, state)  # (len(tasks), C, h, w)
        fresh = torch.stack([self._noise(task) for task in batch.tasks])
        following = tables.advance(
            rows, state=state, anchor=anchor, denoised=denoised, previous=previous, noise=fresh
        )
        return [Canvas(*tensors) for tensors in zip(*following, strict=True)]

    def _denoise(self, batch: Batch, state: Tensor) -> Tensor:
        prompts = [task.prompt for task in batch.tasks]
        prompts += [batch.tasks[member].negative_prompt for member in batch.guided]
        sigma = torch.tensor(batch.sigmas, dtype=state.dtype)
        x = state[list(batch.members)]
        with torch.inference_mode(), _memory_errors():
            every = self._system.denoise(x, sigma, self._prompts.batch(prompts))
        denoised, second = every[: len(state)].clone(), every[len(state) :]
        if batch.guided:
            guided = list(batch.guided)
            weights = [batch.tasks[member].guidance for member in guided]
            denoised[guided] = guidance.combine(denoised[guided], second, weights)
        return denoised

    def _canvas(self, task: Task) -> Canvas:
        if task.key in self._canvases:
            return self._canvases[task.key]
        start = task.table.start * noise.normal(task.seed, 0, 0, self._system.latent_shape)
        return Canvas(start, torch.zeros_like(start), torch.zeros_like(start))

    def _noise(self, task: Task) -> Tensor:
        shape = self._system.latent_shape
        return noise.normal(task.seed, 0, task.position + 1, shape) if task.row.draws else torch.zeros(shape)

    def _keep(self, task: Task, canvas: Canvas) -> str | None:
        if not (canvas.state.isfinite().all() and canvas.previous.isfinite().all()):
            return NOT_FINITE
        # A row of a batch is a view: a copy of it lets go of the batch.
        self._canvases[task.key] = Canvas(
            canvas.state.clone(), canvas.anchor.clone(), canvas.previous.clone()
        )
        return None


def _pixels(draw: Callable[[Tensor], np.ndarray], latents: Sequence[Tensor]) -> list[Pixels]:
    with torch.inference_mode(), _memory_errors():
        pictures = draw(torch.stack(list(latents)))  # (B, H, W, 3)
    return [Pixels(picture.shape[1], picture.shape[0], picture.tobytes()) for picture in pictures]


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Turn what torch raises when memory runs out into OutOfMemory."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory(str(error)) from error
    except RuntimeError as error:
        # The CPU's allocator has no error of its own.
        if "allocate memory" in str(error):
            raise OutOfMemory(str(error)) from error
        raise
