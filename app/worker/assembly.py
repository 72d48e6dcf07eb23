"""Puts an engine together from a loaded system and what its setup and warm-up say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.worker.darkroom import Darkroom
from app.worker.engine import Engine
from app.worker.meter import Meter
from app.worker.recipe import Paper, Recipe
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
    """Return an engine with nothing to do; its budgets are what the warm-up measured."""
    runner = Runner(system, prompts)
    return Engine(
        runner,
        Scheduler(setup.max_tasks),
        Darkroom(runner, warm.decodes),
        recipe_of(system),
        Meter(warm.seconds_per_evaluation),
        budget=Budget(warm.rows, warm.rows * system.num_tokens(system.latent_shape)),
        clock=clock,
        timer=timer,
    )


def recipe_of(system: System) -> Recipe:
    """Return what a system says about tasks."""
    shapes = {size: system.shape_of(*size) for size in system.sizes}
    papers = {size: Paper(shape, system.num_tokens(shape)) for size, shape in shapes.items()}
    return Recipe(system.sigma_span, papers, system.controls, system.guidances)
