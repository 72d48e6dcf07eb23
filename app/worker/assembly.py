"""Puts an engine together from a loaded system and what its setup and warm-up say."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from app.worker.darkroom import Darkroom
from app.worker.engine import Engine
from app.worker.meter import Meter
from app.worker.recipe import Recipe
from app.worker.runner import Runner
from app.worker.scheduler import Budget, Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.worker.messages import Setup
    from app.worker.prompts import Prompts
    from app.worker.system import System
    from app.worker.warmup import Warm


def assemble(
    system: System,
    prompts: Prompts,
    setup: Setup,
    warm: Warm,
    *,
    clock: Callable[[], float],
    timer: Callable[[], float],
) -> Engine:
    """Return an engine with nothing to do; a row's tokens are its latent's positions and its text."""
    num_tokens = prod(system.latent_shape[1:]) + system.length
    runner = Runner(system, prompts)
    return Engine(
        runner,
        Scheduler(setup.max_tasks),
        Darkroom(runner, setup.decode_rows),
        Recipe(setup.sigma_min, setup.sigma_max, num_tokens),
        Meter(warm.seconds_per_evaluation),
        budget=Budget(warm.rows, warm.rows * num_tokens),
        clock=clock,
        timer=timer,
    )
