"""Every kind of guidance is what its formula says, and asks only about those who want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from app.worker.assembly import recipe_of
from app.worker.batch import pack
from app.worker.opinions import Opinions
from app.worker.prompts import Prompts
from models.diffusion.guidance import Guidance, auto
from tests.app.worker.studio import engine_of, order, pictures, run
from tests.app.worker.tiny import TinySystem, vector

if TYPE_CHECKING:
    from app.worker.task import Task
    from models.types import Conditioning


def task_at(position: int, **request: Any) -> Task:
    """Return the task of an order, some evaluations on."""
    (task,) = recipe_of(TinySystem()).tasks(order("a", **request))
    task.position = position
    return task


def state() -> torch.Tensor:
    """Return a noisy latent."""
    return torch.randn(4, 4, 4, generator=torch.Generator().manual_seed(9))


def denoised(system: TinySystem, *tasks: Task) -> list[torch.Tensor]:
    """Return what opinions say of tasks that share one state."""
    return Opinions(system, Prompts(system)).denoised(pack(tasks), [state()] * len(tasks))


def plain(system: TinySystem, x: torch.Tensor, sigma: torch.Tensor, prompt: str) -> torch.Tensor:
    """Ask the denoiser alone."""
    return system.denoise(x, sigma, system.condition([prompt], system.length))


def test_autoguidance_is_that_of_the_formula() -> None:
    """With classifier-free guidance off it equals `models.diffusion.guidance.auto` of the two denoisers."""
    system = TinySystem()
    task = task_at(5, guidance=1.0, autoguidance=2.5)

    def strong(x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning | None) -> torch.Tensor:
        return plain(system, x, sigma, task.prompt)

    guided = auto(strong, lambda x, sigma, cond: 0.5 * strong(x, sigma, cond), Guidance(2.5))
    (found,) = denoised(system, task)
    expected = guided(state()[None], torch.tensor([task.row.sigma]), None)[0]
    torch.testing.assert_close(found, expected)


def test_classifier_guidance_adds_the_scaled_gradient() -> None:
    """The estimate moves by scale·sigma^2 times the gradient of the wished class."""
    system = TinySystem()
    task = task_at(5, guidance=1.0, control={"weight": "bold"}, control_scale=3.0)
    (found,) = denoised(system, task)
    sigma = task.row.sigma
    gradient = (vector("bold", 4)[:, None, None] - state()) / (1 + sigma**2)
    expected = plain(system, state()[None], torch.tensor([sigma]), task.prompt)[0] + 3 * sigma**2 * gradient
    torch.testing.assert_close(found, expected)


def test_a_few_step_row_is_a_call_of_its_own_beside_the_others() -> None:
    """The head is told where each row arrives, nobody guides it, and its mates' bits are theirs alone."""
    system = TinySystem()
    jumps = [task_at(place, sampler="few", grid="trailing", steps=4) for place in (0, 3)]
    tasks = [jumps[0], task_at(5, guidance=4.0), jumps[1]]
    together = denoised(system, *tasks)
    assert system.calls == [2]
    assert system.jumps == [pytest.approx([jumps[0].table.rows[1].sigma, 0.0])]
    assert [task.rows_needed for task in tasks] == [1, 2, 1]
    for task, found in zip(tasks, together, strict=True):
        assert torch.equal(denoised(TinySystem(), task)[0], found)


def test_all_kinds_add_up_and_share_their_calls() -> None:
    """Five tasks of unlike guidance are one call of each net that is asked."""
    system = TinySystem()
    wish: dict[str, Any] = {"control": {"weight": "bold"}, "control_scale": 1.0}
    kinds: list[dict[str, Any]] = [
        {"guidance": 1.0},
        {"guidance": 4.0},
        {"guidance": 1.0, "autoguidance": 2.0},
        {"guidance": 1.0, **wish},
        {"guidance": 4.0, "autoguidance": 2.0, **wish},
    ]
    none, free, weak, steered, every = denoised(system, *(task_at(5, **kind) for kind in kinds))
    assert (system.calls, system.weak_calls, system.steered) == ([7], [2], [2])
    torch.testing.assert_close(every, none + (free - none) + (weak - none) + (steered - none))
    assert len({tuple(one.flatten().tolist()) for one in (none, free, weak, steered, every)}) == 5


@pytest.mark.parametrize("position", [0, 9])
def test_outside_the_interval_nobody_else_is_asked(position: int) -> None:
    """Above and below the guidance interval every task costs one row."""
    system = TinySystem()
    tasks = [
        task_at(position, guidance=4.0, autoguidance=2.0, control={"weight": "bold"}, control_scale=1.0),
        task_at(position, guidance=1.0),
    ]
    first, second = denoised(system, *tasks)
    assert torch.equal(first, second)
    assert (system.calls, system.weak_calls, system.steered) == ([2], [], [])


def test_rows_told_count_every_second_opinion() -> None:
    """A picture's rows are the rows the denoiser and the weaker one saw for it."""
    system = TinySystem()
    engine = engine_of(system)
    engine.submit(order("a", guidance=3.0, autoguidance=2.0, steps=6))
    events = run(engine)
    (rows,) = [event.rows for event in events if event.rows]
    assert rows == sum(system.calls) + sum(system.weak_calls)
    assert len(pictures(events)) == 1
