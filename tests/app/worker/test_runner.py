"""The runner makes one call for all rows, and one bad row never hurts its mates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from app.worker.assembly import recipe_of
from app.worker.prompts import Prompts
from app.worker.runner import NOT_FINITE, OutOfMemory, Runner
from models.diffusion import noise, tables
from models.diffusion.guidance import classifier_free
from tests.app.worker.studio import order
from tests.app.worker.tiny import FaultySystem, TinySystem

if TYPE_CHECKING:
    from app.worker.task import Task
    from models.types import Conditioning


def runner_of(system: TinySystem) -> Runner:
    """Return a runner over a system."""
    return Runner(system, Prompts(system))


def task_of(job_id: str, **request: Any) -> Task:
    """Return the task of an order for one picture."""
    (task,) = recipe_of(TinySystem()).tasks(order(job_id, **request))
    return task


def finished(runner: Runner, tasks: list[Task]) -> list[torch.Tensor]:
    """Run tasks of equal length to their end, together."""
    for position in range(tasks[0].num_steps):
        for task in tasks:
            task.position = position
        assert runner.run(tasks) == [None] * len(tasks)
    return [runner.result(task) for task in tasks]


def by_hand(system: TinySystem, task: Task) -> torch.Tensor:
    """Draw the task's latent with the guided denoiser of `models.diffusion.guidance`, one row at a time."""

    def told(prompt: str) -> Conditioning:
        return system.condition([prompt], system.length)

    def plain(x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning | None) -> torch.Tensor:
        assert cond is not None
        return system.denoise(x, sigma, cond)

    denoise = classifier_free(plain, told(task.negative_prompt), task.guidance)
    shape = (1, *system.latent_shape)
    state = task.table.start * noise.normal(task.seed, 0, 0, shape)
    anchor = previous = torch.zeros(shape)
    for place, row in enumerate(task.table.rows):
        denoised = denoise(state, torch.tensor([row.sigma]), told(task.prompt))
        fresh = noise.normal(task.seed, 0, place + 1, shape) if row.draws else torch.zeros(shape)
        state, anchor, previous = tables.advance(
            [row], state=state, anchor=anchor, denoised=denoised, previous=previous, noise=fresh
        )
    return state[0]


@pytest.mark.parametrize("sampler", ["euler", "heun", "ancestral", "dpmpp_2m_sde", "unipc", "edm_churn"])
def test_a_picture_is_what_the_formulas_say(sampler: str) -> None:
    """The result is, bit for bit, the one of a plain loop over the guided denoiser and its table."""
    task = task_of("a", sampler=sampler, steps=5, guidance=4.0, negative_prompt="blue", seed=3)
    (result,) = finished(runner_of(TinySystem()), [task])
    assert torch.equal(result, by_hand(TinySystem(), task))


def test_guidance_changes_the_picture() -> None:
    """Another scale and another negative prompt give another result: neither is dropped."""
    tasks = [task_of("a"), task_of("b", guidance=7.0), task_of("c", negative_prompt="house")]
    results = finished(runner_of(TinySystem()), tasks)
    assert not torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_all_rows_go_into_one_call() -> None:
    """Three tasks of which two are guided at their sigma make one call of five rows."""
    system = TinySystem()
    tasks = [task_of("a", steps=4), task_of("b", steps=4), task_of("c", steps=4, guidance=1.0)]
    for task in tasks:
        task.position = next(i for i, row in enumerate(task.table.rows) if 0.2 < row.sigma <= 3)
    runner_of(system).run(tasks)
    assert system.calls == [5]


def test_a_row_that_is_not_finite_fails_alone() -> None:
    """NaN fails its own task; the mate's state has the bits it has without it."""
    together, alone = runner_of(FaultySystem()), runner_of(FaultySystem())
    good, bad = task_of("good", guidance=1.0), task_of("bad", prompt="nan", guidance=1.0)
    assert together.run([good, bad]) == [None, NOT_FINITE]
    alone.run([good])
    assert torch.equal(together.result(good), alone.result(good))
    assert len(together) == 1


def test_an_error_fails_the_culprit_alone() -> None:
    """A call that raises is made again task by task, and only who raises alone fails."""
    runner = runner_of(FaultySystem())
    outcome = runner.run([task_of("good"), task_of("bad", prompt="boom"), task_of("fine")])
    assert outcome == [None, "RuntimeError: boom", None]


def test_short_memory_moves_nobody() -> None:
    """When the call does not fit, the caller is told and no task has changed."""
    runner = runner_of(FaultySystem())
    with pytest.raises(OutOfMemory):
        runner.run([task_of(str(i), prompt="memory", guidance=1.0) for i in range(8)])
    assert len(runner) == 0


def test_forgotten_tasks_leave_nothing() -> None:
    """After `forget` no tensor of a task is kept."""
    runner = runner_of(TinySystem())
    task = task_of("a")
    runner.run([task])
    runner.forget(task)
    runner.forget(task)
    assert len(runner) == 0


def test_estimate_is_the_denoised_latent_of_the_last_call() -> None:
    """What a preview shows is the estimate already in hand, not a new call."""
    system = TinySystem()
    runner = runner_of(system)
    task = task_of("a", guidance=1.0)
    runner.run([task])
    start = task.table.start * noise.normal(task.seed, 0, 0, (1, *system.latent_shape))
    expected = system.denoise(start, torch.tensor([task.row.sigma]), system.condition(["a red horse"], 6))
    assert torch.equal(runner.estimate(task), expected[0])
