"""Runs one model call for many tasks, then guidance, then one advance; owns the tasks' tensors."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from app.domain.engine import Pixels
from app.worker.batch import Batch, pack
from app.worker.opinions import Opinions
from app.worker.origin import Origin, origin_of, pasted
from models.diffusion import noise, tables

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

    `previous` is the last denoised estimate: what a preview shows. `origin` is what it began from.
    """

    state: Tensor
    anchor: Tensor
    previous: Tensor
    origin: Origin | None = None


class Runner:
    """Answers for one call at a time. What it keeps of a task it keeps until `forget`."""

    def __init__(self, system: System, prompts: Prompts) -> None:
        self.precision = system.precision
        self._system = system
        self._opinions = Opinions(system, prompts)
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

    def decode(self, latents: Sequence[Tensor], tasks: Sequence[Task]) -> list[Pixels]:
        """Return the pictures of tasks' latents (C, h, w); what a mask keeps is the source to the byte.

        Raises OutOfMemory, or what the model raises.
        """
        drawn = _pixels(self._system.decode, latents)
        return [pasted(pixels, task) for pixels, task in zip(drawn, tasks, strict=True)]

    def preview(self, latents: Sequence[Tensor], tasks: Sequence[Task]) -> list[Pixels]:
        """Return quick pictures of tasks' latents (C, h, w). Raises like `decode`."""
        drawn = _pixels(self._system.preview, latents)
        return [pasted(pixels, task) for pixels, task in zip(drawn, tasks, strict=True)]

    def _alone(self, task: Task) -> str | None:
        try:
            return self.run([task])[0]
        except OutOfMemory:
            return "out of memory"

    def _call(self, batch: Batch) -> list[Canvas]:
        canvases = [self._canvas(task) for task in batch.tasks]
        with _memory_errors():
            denoised = self._opinions.denoised(batch, [canvas.state for canvas in canvases])
        return [
            self._advanced(task, canvas, _held(canvas, estimate))
            for task, canvas, estimate in zip(batch.tasks, canvases, denoised, strict=True)
        ]

    def _advanced(self, task: Task, canvas: Canvas, denoised: Tensor) -> Canvas:
        draws = task.row.draws
        fresh = (
            noise.normal(task.seed, 0, task.position + 1, task.shape) if draws else torch.zeros(task.shape)
        )
        following = tables.advance(
            [task.row],
            state=canvas.state[None],
            anchor=canvas.anchor[None],
            denoised=denoised[None],
            previous=canvas.previous[None],
            noise=fresh[None],
        )
        state, anchor, previous = (tensor[0] for tensor in following)
        return Canvas(state, anchor, previous, canvas.origin)

    def _canvas(self, task: Task) -> Canvas:
        if task.key in self._canvases:
            return self._canvases[task.key]
        origin = origin_of(task, self._system)
        state = task.table.start * noise.normal(task.seed, 0, 0, task.shape)
        if origin is not None:
            state = origin.clean + state
        return Canvas(state, torch.zeros_like(state), torch.zeros_like(state), origin)

    def _keep(self, task: Task, canvas: Canvas) -> str | None:
        if not (canvas.state.isfinite().all() and canvas.previous.isfinite().all()):
            return NOT_FINITE
        self._canvases[task.key] = canvas
        return None


def _held(canvas: Canvas, denoised: Tensor) -> Tensor:
    return denoised if canvas.origin is None else canvas.origin.hold(denoised)


def _pixels(draw: Callable[[Tensor], np.ndarray], latents: Sequence[Tensor]) -> list[Pixels]:
    """Draw latents together that have one shape, and return their pictures in the order of the latents."""
    drawn: dict[int, Pixels] = {}
    for shape in {latent.shape for latent in latents}:
        places = [place for place, latent in enumerate(latents) if latent.shape == shape]
        with torch.inference_mode(), _memory_errors():
            pictures = draw(torch.stack([latents[place] for place in places]))  # (B, H, W, 3)
        for place, picture in zip(places, pictures, strict=True):
            drawn[place] = Pixels(picture.shape[1], picture.shape[0], picture.tobytes())
    return [drawn[place] for place in range(len(latents))]


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
