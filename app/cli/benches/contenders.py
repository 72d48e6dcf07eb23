"""Serves the same requests in four ways: ours, one at a time, equal ones together, and a pipeline's loop."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import torch

from app.domain.engine import EngineEvent
from app.domain.jobs import EventType
from app.worker.assembly import assemble, recipe_of
from app.worker.messages import Setup
from models.diffusion import guidance, noise, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from app.domain.engine import Order
    from app.domain.jobs import GenerationRequest
    from app.worker.engine import Engine
    from app.worker.prompts import Prompts
    from app.worker.system import System
    from app.worker.task import Task
    from app.worker.warmup import Warm
    from models.types import Conditioning


class Contender(Protocol):
    """Somebody who makes pictures, a model call a turn."""

    @property
    def has_work(self) -> bool:
        """Whether a turn would do something."""
        ...

    @property
    def num_calls(self) -> int:
        """Calls of the denoiser so far."""
        ...

    def submit(self, order: Order) -> None:
        """Take an order."""
        ...

    def cancel(self, job_id: str) -> None:
        """Give an order up."""
        ...

    def turn(self) -> list[EngineEvent]:
        """Make a model call and tell what came of it."""
        ...


class Ours:
    """The worker's engine; `choose` picks which waiting orders it gets when it is idle, None all at once."""

    def __init__(self, engine: Engine, choose: Callable[[list[Order]], list[Order]] | None = None) -> None:
        self._engine = engine
        self._choose = choose
        self._waiting: list[Order] = []

    @property
    def has_work(self) -> bool:
        return bool(self._waiting) or self._engine.has_work

    @property
    def num_calls(self) -> int:
        return int(self._engine.gauges()["calls_total"])

    def submit(self, order: Order) -> None:
        if self._choose is None:
            self._engine.submit(order)
        else:
            self._waiting.append(order)

    def cancel(self, job_id: str) -> None:
        self._waiting = [order for order in self._waiting if order.job_id != job_id]
        self._engine.cancel(job_id)

    def turn(self) -> list[EngineEvent]:
        if self._choose is not None and self._waiting and not self._engine.has_work:
            chosen = self._choose(self._waiting)
            self._waiting = [order for order in self._waiting if order not in chosen]
            for order in chosen:
                self._engine.submit(order)
        return [event for events in self._engine.turn() for event in events]


class PipelineLoop:
    """One request at a time, as diffusers' pipelines run them: padded, both guidance rows at every step."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._recipe = recipe_of(system)
        self._waiting: deque[Task] = deque()
        self._told: Conditioning | None = None
        self._state: tuple[Tensor, Tensor, Tensor] | None = None
        self.num_calls = 0

    @property
    def has_work(self) -> bool:
        return bool(self._waiting)

    def submit(self, order: Order) -> None:
        self._waiting += self._recipe.tasks(order)

    def cancel(self, job_id: str) -> None:
        if self._waiting and self._waiting[0].job_id == job_id:
            self._state = None
        self._waiting = deque(task for task in self._waiting if task.job_id != job_id)

    def turn(self) -> list[EngineEvent]:
        task = self._waiting[0]
        with torch.inference_mode():
            self._state = self._next(task, self._state or self._begin(task))
        task.position += 1
        return self._events(task, *self._state)

    def _begin(self, task: Task) -> tuple[Tensor, Tensor, Tensor]:
        prompts = [task.prompt, task.negative_prompt]
        self._told = self._system.condition(prompts, self._system.length)
        state = (task.table.start * noise.normal(task.seed, 0, 0, task.shape))[None]
        return state, torch.zeros_like(state), torch.zeros_like(state)

    def _next(self, task: Task, states: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        state, anchor, previous = states
        return tables.advance(
            [task.row],
            state=state,
            anchor=anchor,
            denoised=self._denoised(task, state, task.row.sigma),
            previous=previous,
            noise=noise.normal(task.seed, 0, task.position + 1, task.shape)[None],
        )

    def _is_done(self, task: Task) -> bool:
        return task.is_done

    def _denoised(self, task: Task, state: Tensor, level: float) -> Tensor:
        self.num_calls += 1
        assert self._told is not None  # noqa: S101  # `_begin` has set it
        sigma = torch.full((2,), level)
        both = self._system.differentiable(state.repeat(2, 1, 1, 1), sigma, self._told)  # (2, C, h, w)
        return guidance.combine(both[:1], both[1:], [guidance.Guidance(task.guidance.scale)])

    def _events(self, task: Task, state: Tensor, anchor: Tensor, denoised: Tensor) -> list[EngineEvent]:
        del anchor
        if self._is_done(task):
            self._waiting.popleft()
            self._state = None
            self._system.decode(state)
            return [EngineEvent(task.job_id, EventType.IMAGE, task.index)]
        if task.preview_is_due:
            self._system.preview(denoised)
            return [EngineEvent(task.job_id, EventType.PARTIAL_IMAGE, task.index)]
        return []


def contenders(
    system: System, prompts: Prompts, warm: Warm, loop: tuple[str, Contender]
) -> dict[str, Contender]:
    """Return one of each, with nothing to do, all over the same system; the last is the named `loop`."""
    setup = Setup("", max_tasks=1_000_000)

    def engine() -> Engine:
        return assemble(system, prompts, setup, warm, clock=time.time, timer=time.process_time)

    def equal(waiting: list[Order]) -> list[Order]:
        wanted = _settings(waiting[0].request)
        return [order for order in waiting if _settings(order.request) == wanted][: warm.rows // 2]

    return {
        "evaluations of unlike requests": Ours(engine()),
        "one request at a time": Ours(engine(), lambda waiting: waiting[:1]),
        "equal requests together": Ours(engine(), equal),
        loop[0]: loop[1],
    }


def _settings(request: GenerationRequest) -> Sequence[object]:
    """Return what servers that batch whole requests ask to be equal."""
    return (
        request.sampler,
        request.grid,
        request.steps,
        request.guidance,
        request.guidance_interval,
        request.size,
    )
