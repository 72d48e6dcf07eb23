"""Develops latents into pixels, previews and pictures in one line, a bounded number a turn."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.engine import DEADLINE, FINISHED, EngineEvent
from app.domain.jobs import EventType
from app.worker.latents import to_bytes
from app.worker.runner import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from torch import Tensor

    from app.domain.engine import Pixels
    from app.worker.runner import Runner
    from app.worker.task import Task

    # Latents and their tasks to pictures.
    Draw: TypeAlias = Callable[[Sequence[Tensor], Sequence[Task]], list[Pixels]]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A latent (C, h, w) that waits to be developed; `step` is where its task stood."""

    task: Task
    latent: Tensor
    is_preview: bool
    step: int


class Darkroom:
    """First in, first out, so a task's previews never come after its picture.

    `limit` latents a turn, so that decoding cannot hold up the denoiser for long.
    """

    def __init__(self, runner: Runner, limit: int) -> None:
        self._runner = runner
        self._limit = limit
        self._line: deque[Exposure] = deque()

    def __len__(self) -> int:
        return len(self._line)

    @property
    def num_pictures(self) -> int:
        """Pictures that wait, previews not counted."""
        return sum(not exposure.is_preview for exposure in self._line)

    def add_preview(self, task: Task, estimate: Tensor) -> None:
        """Queue the denoised estimate that the last call gave."""
        self._line.append(Exposure(task, estimate, is_preview=True, step=task.position))

    def add_picture(self, task: Task, latent: Tensor) -> None:
        """Queue a finished latent, or the best there is at the deadline."""
        self._line.append(Exposure(task, latent, is_preview=False, step=task.position))

    def forget(self, task: Task) -> None:
        """Drop what waits of a task."""
        self._line = deque(exposure for exposure in self._line if exposure.task is not task)

    def cancel(self, job_id: str) -> list[Task]:
        """Drop what waits of a job and return the tasks whose pictures waited."""
        gone = [e.task for e in self._line if e.task.job_id == job_id and not e.is_preview]
        self._line = deque(exposure for exposure in self._line if exposure.task.job_id != job_id)
        return gone

    def develop(self) -> list[EngineEvent]:
        """Develop up to `limit` latents in the order they came."""
        taken = [self._line.popleft() for _ in range(min(self._limit, len(self._line)))]
        told: dict[int, EngineEvent] = {}
        for is_preview, draw in ((True, self._runner.preview), (False, self._runner.decode)):
            places = [i for i, exposure in enumerate(taken) if exposure.is_preview is is_preview]
            drawn = _drawn(draw, [taken[i] for i in places])
            told.update(
                (i, _event(taken[i], result, self._runner.precision))
                for i, result in zip(places, drawn, strict=True)
            )
        return [told[i] for i in sorted(told)]


def _drawn(draw: Draw, exposures: Sequence[Exposure]) -> list[Pixels | str]:
    """Return each exposure's picture or its error: when all fail together, each is tried alone."""
    if not exposures:
        return []
    try:
        return [*draw([one.latent for one in exposures], [one.task for one in exposures])]
    except OutOfMemory as error:
        why = f"out of memory: {error}"
    except Exception as error:  # noqa: BLE001  # whatever a model raises belongs to its picture alone
        why = f"{type(error).__name__}: {error}"
    return [why] if len(exposures) == 1 else [_drawn(draw, [one])[0] for one in exposures]


def _event(exposure: Exposure, result: Pixels | str, precision: str) -> EngineEvent:
    task = exposure.task
    if isinstance(result, str):
        kind = EventType.PROGRESS if exposure.is_preview else EventType.FAILED
    else:
        kind = EventType.PARTIAL_IMAGE if exposure.is_preview else EventType.IMAGE
    is_picture = kind is EventType.IMAGE
    return EngineEvent(
        task.job_id,
        kind,
        task.index,
        step=exposure.step,
        num_steps=task.num_steps,
        pixels=None if isinstance(result, str) else result,
        rows=task.rows_done if is_picture else None,
        finish_reason=(FINISHED if task.is_done else DEADLINE) if is_picture else None,
        error=result if isinstance(result, str) else None,
        latent=to_bytes(exposure.latent) if is_picture else None,
        precision=precision if is_picture else None,
    )
