"""All ways of serving make every picture; only ours lets unlike requests share model calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from app.cli.benches.contenders import Contender, PipelineLoop, contenders
from app.cli.benches.stream import stream
from app.domain.jobs import EventType
from app.worker.prompts import Prompts
from app.worker.warmup import Warm
from models.diffusion import noise
from models.diffusion.guidance import Guidance, classifier_free
from models.diffusion.trajectory import finish, trajectory
from tests.app.worker.studio import order
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    import numpy as np

    from models.types import Conditioning


def all_of(system: TinySystem) -> dict[str, Contender]:
    """Return one of each over a system."""
    loop = ("a pipeline's loop", PipelineLoop(system))
    return contenders(system, Prompts(system), Warm(16, 0.01, 4), loop)


def served(contender: Contender) -> list[str]:
    """Return the jobs whose pictures came, in their order, serving twelve that came at once."""
    for arrival in stream(12, 1e6, seed=4):
        contender.submit(arrival.order)
    made = []
    while contender.has_work:
        made += [event.job_id for event in contender.turn() if event.type is EventType.IMAGE]
    return made


def test_each_serves_everybody_and_ours_with_the_fewest_calls() -> None:
    """Twelve pictures come of each; one at a time takes most calls, equals together fewer, ours fewest."""
    calls = {}
    for name, contender in all_of(TinySystem()).items():
        assert sorted(served(contender)) == sorted(f"job{i}" for i in range(12)), name
        calls[name] = contender.num_calls
    ours, alone, equal, loop = calls.values()
    assert ours < equal < alone == loop
    assert ours <= 2 * 12


def test_one_at_a_time_keeps_the_order_of_arrival() -> None:
    """Nobody overtakes where requests are served one after another."""
    for name in ("one request at a time", "a pipeline's loop"):
        assert served(all_of(TinySystem())[name]) == [f"job{i}" for i in range(12)]


def test_whoever_gives_up_is_not_served() -> None:
    """A cancel before or in the middle takes the request out, whoever serves."""
    for name, contender in all_of(TinySystem()).items():
        for job in ("a", "b", "c"):
            contender.submit(order(job, steps=5))
        contender.turn()
        for job in ("a", "c"):
            contender.cancel(job)
        made = []
        while contender.has_work:
            made += [event.job_id for event in contender.turn() if event.type is EventType.IMAGE]
        assert made == ["b"], name


def test_the_loop_draws_what_guidance_everywhere_draws() -> None:
    """The pipeline's loop is a real one: its last state is that of the guided trajectory."""
    system, finished = TinySystem(), []

    class Watched(TinySystem):
        def decode(self, latents: torch.Tensor) -> np.ndarray:
            finished.append(latents)
            return super().decode(latents)

    loop = PipelineLoop(Watched())
    loop.submit(order("a", steps=4, guidance=3.0, sampler="heun", seed=6))
    while loop.has_work:
        loop.turn()
    (task,) = loop._recipe.tasks(order("a", steps=4, guidance=3.0, sampler="heun", seed=6))

    def told(x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning | None) -> torch.Tensor:
        return system.denoise(x, sigma, cond or system.condition([task.prompt], 6))

    guided = classifier_free(told, system.condition([""], 6), Guidance(3.0))
    start = task.table.start * noise.normal(6, 0, 0, (1, 4, 4, 4))
    expected = finish(trajectory(guided, task.table, start, lambda _: torch.zeros_like(start)))
    torch.testing.assert_close(finished[0], expected)
