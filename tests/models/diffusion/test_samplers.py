"""Samplers: each table is its paper's loop, converges at its order, and minds nobody in its batch."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
import torch
from scipy.integrate import solve_ivp

from models.diffusion import grids, samplers
from models.diffusion.guidance import distilled
from models.diffusion.trajectory import finish, trajectory
from models.exported import registry
from tests.models.diffusion import loops
from tests.oracles.mixture import Mixture, trio

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from torch import Tensor

    from models.diffusion.tables import Table

GRIDS = {
    "karras": grids.karras(9, 0.03, 20.0),
    "exponential": grids.exponential(6, 0.01, 8.0),
    "betas": grids.betas(12, 0.02, 40.0),
    "one step": (1.5, 0.0),
    "two steps": (4.0, 0.6, 0.0),
    "three steps": (4.0, 1.0, 0.6, 0.0),
}
CHURN = (3.0, 0.05, 50.0, 1.003)
PAPERS: dict[str, tuple[samplers.Sampler, Callable[..., Tensor]]] = {
    "euler": (samplers.euler, loops.euler),
    "heun": (samplers.heun, loops.heun),
    "ddim": (samplers.ddim, partial(loops.ddim, eta=0.0)),
    "ddim, eta 0.4": (partial(samplers.ddim, eta=0.4), partial(loops.ddim, eta=0.4)),
    "ancestral": (samplers.ancestral, partial(loops.ddim, eta=1.0)),
    "euler_maruyama": (samplers.euler_maruyama, loops.euler_maruyama),
    "edm_churn": (partial(samplers.edm_churn, churn=3.0), partial(loops.edm_churn, churn=CHURN)),
    "dpmpp_2m": (samplers.dpmpp_2m, loops.dpmpp_2m),
    "dpmpp_2m_sde": (samplers.dpmpp_2m_sde, loops.dpmpp_2m_sde),
    "unipc": (samplers.unipc, loops.unipc),
}


def gauss(number: int, shape: tuple[int, ...] = (5, 2)) -> Tensor:
    """Noise of a batch by number, float64."""
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1000 + number))


def at(mixture: Mixture) -> Callable[[Tensor, float], Tensor]:
    """The mixture's denoiser with one level for the whole batch."""
    return lambda x, sigma: mixture.denoise(x, torch.full((len(x),), sigma, dtype=x.dtype))


def step_noise(table: Table) -> dict[int, int]:
    """Which draw each step of a paper's loop takes: that of the row with which the step ends."""
    ends = [k for k, row in enumerate(table.rows) if row.anchor_from != "state"]
    return {step: k + 1 for step, k in enumerate(ends)}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("name", PAPERS)
def test_a_table_is_its_papers_loop(name: str, grid: grids.Grid) -> None:
    """Run on the same noise, a table and the loop its paper prints end in the same picture."""
    compile_table, loop = PAPERS[name]
    table = compile_table(grid)
    start = grid[0] * gauss(0)
    draws = step_noise(table)
    noise: Callable[[int], Tensor] = lambda step: gauss(draws.get(step, 0))  # noqa: E731  # one line says it
    if name == "edm_churn":
        # The paper raises the noise before a step; the table has done so at the end of the one before.
        noise = lambda step: gauss(draws[step - 1] if step else 500)  # noqa: E731  # one line says it
        start_table = start + math.sqrt(table.start**2 - grid[0] ** 2) * gauss(500)
    else:
        start_table = start
    expected = loop(at(trio()), grid, start, noise)
    actual = finish(trajectory(trio().denoise, table, start_table, gauss))
    assert (actual - expected).abs().max() < 1e-10


def exact_end(mixture: Mixture, start: Tensor, high: float, low: float) -> Tensor:
    """The probability-flow ODE solved to 1e-12 from `high` to `low`, then the denoised estimate there."""
    shape, denoise = start.shape, at(mixture)

    def slope(sigma: float, flat: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(flat).reshape(shape)
        return ((x - denoise(x, float(sigma))) / float(sigma)).numpy().ravel()

    solved = solve_ivp(slope, (high, low), start.numpy().ravel(), method="DOP853", rtol=1e-12, atol=1e-12)
    return denoise(torch.from_numpy(solved.y[:, -1]).reshape(shape), low)


@pytest.mark.parametrize(
    ("name", "order"), [("euler", 1), ("ddim", 1), ("heun", 2), ("dpmpp_2m", 2), ("unipc", 3)]
)
def test_halving_the_steps_shows_the_order_of_convergence(name: str, order: int) -> None:
    """On a mixture's probability-flow ODE the error falls like the method's order of the step."""
    high, low = 10.0, 0.1
    start = high * gauss(3, (64, 2))
    target = exact_end(trio(), start, high, low)
    errors = []
    for num in (81, 161):
        table = samplers.sampler(name)(grids.exponential(num, low, high))
        end = finish(trajectory(trio().denoise, table, start, gauss))
        errors.append(float((end - target).norm()))
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize(
    "name", ["ancestral", "euler_maruyama", "dpmpp_2m_sde", "edm_churn", "heun", "unipc"]
)
def test_samples_have_the_moments_and_the_modes_of_the_mixture(name: str) -> None:
    """From pure noise, mean, covariance and the share of each component come out right."""
    num = 3_000
    mixture = trio()
    generator = torch.Generator().manual_seed(5)
    grid = grids.karras(150 if name in {"ancestral", "euler_maruyama"} else 40, 0.01, 40.0)
    table = samplers.sampler(name)(grid)
    draws: Callable[[int], Tensor] = lambda _: torch.randn(  # noqa: E731  # one line says it
        num, 2, dtype=torch.float64, generator=generator
    )
    end = finish(trajectory(mixture.denoise, table, table.start * draws(0), draws))
    mean, covariance = mixture.moments()
    assert (end.mean(0) - mean).abs().max() < 0.05
    assert (end.T.cov() - covariance).abs().max() < 0.06
    shares = mixture.responsibilities(end, torch.zeros(num, dtype=torch.float64)).mean(0)
    assert (shares - mixture.weights).abs().max() < 0.03


@pytest.mark.parametrize("name", sorted(registry("samplers")))
def test_a_clean_picture_stays_where_it_is(name: str) -> None:
    """When the denoiser already knows the answer c, any table ends in c exactly."""
    table = samplers.sampler(name)(grids.karras(7, 0.02, 10.0))
    clean = gauss(1)
    end = finish(trajectory(lambda x, sigma, cond: clean, table, clean + table.start * gauss(0), gauss))  # noqa: ARG005  # one line says it
    assert torch.allclose(end, clean, atol=1e-14, rtol=0)


@pytest.mark.parametrize("name", sorted(registry("samplers")))
def test_weights_keep_a_constant_picture_constant(name: str) -> None:
    """State and estimate weights of each row sum to one, counting the anchor where it is a picture."""
    rows = samplers.sampler(name)(grids.karras(9, 0.02, 10.0)).rows
    sums = [row.state + row.denoised + row.previous + row.anchor for row in rows]
    assert sums == pytest.approx([1.0] * len(rows), abs=1e-12)


@pytest.mark.parametrize(("name", "cost"), [("euler", 10), ("heun", 19), ("edm_churn", 19), ("unipc", 10)])
def test_the_number_of_rows_is_the_number_of_evaluations(name: str, cost: int) -> None:
    """Ten levels cost ten evaluations for one-stage samplers and nineteen for two-stage ones."""
    calls = []
    table = samplers.sampler(name)(grids.karras(10, 0.02, 10.0))

    def count(x: Tensor, sigma: Tensor, cond: object) -> Tensor:
        del cond
        calls.append(float(sigma[0]))
        return 0 * x

    finish(trajectory(count, table, gauss(0), gauss))
    assert (len(calls), table.remaining(0), table.remaining(4)) == (cost, cost, cost - 4)
    assert calls == [row.sigma for row in table.rows]


@pytest.mark.parametrize("name", sorted(registry("samplers")))
@pytest.mark.parametrize("space", sorted(registry("grids")))
def test_single_precision_is_enough(name: str, space: str) -> None:
    """No table amplifies rounding: in float32 a picture keeps its first four decimals."""
    table = samplers.sampler(name)(grids.spacing(space)(10, 0.002, 80.0))
    start = table.start * gauss(0)
    fine = finish(trajectory(trio().denoise, table, start, gauss))
    coarse = finish(
        trajectory(
            lambda x, sigma, _: trio().denoise(x.double(), sigma.double()).float(),
            table,
            start.float(),
            lambda draw: gauss(draw).float(),
        )
    )
    assert (fine - coarse).abs().max() < 2e-5


def test_deterministic_samplers_never_ask_for_noise() -> None:
    """Only the stochastic samplers have rows that draw."""
    grid = grids.karras(8, 0.02, 20.0)
    drawing = {
        name for name in registry("samplers") if any(row.draws for row in samplers.sampler(name)(grid).rows)
    }
    assert drawing == {"ancestral", "dpmpp_2m_sde", "edm_churn", "euler_maruyama"}


def test_the_limits_of_eta_are_the_neighbouring_samplers() -> None:
    """DDIM at eta 1 is ancestral, at eta 0 Euler; 2M's SDE at eta 0 is 2M; churn 0 is Heun."""
    grid = grids.karras(8, 0.02, 20.0)
    assert samplers.ddim(grid, eta=1.0) == samplers.ancestral(grid)
    assert samplers.ddim(grid) == samplers.euler(grid)
    assert samplers.dpmpp_2m_sde(grid, eta=0.0) == samplers.dpmpp_2m(grid)
    assert samplers.edm_churn(grid, churn=0.0) == samplers.heun(grid)


def test_few_steps_are_those_of_ddim_and_nest() -> None:
    """Each row knows the level it leads to, and the grids of one and two steps are parts of that of four."""
    levels = [grids.trailing(steps, 0.02, 40.0) for steps in samplers.FEW_STEPS]
    assert [levels[2][::4], levels[2][::2]] == [pytest.approx(levels[0]), pytest.approx(levels[1])]
    table = samplers.few(levels[2])
    assert tuple(row.target for row in table.rows) == levels[2][1:]
    assert tuple(replace(row, target=None) for row in table.rows) == samplers.ddim(levels[2]).rows


def test_an_exact_jump_arrives_where_the_flow_does() -> None:
    """Told the estimate that its jump needs, a table of few steps ends where the flow of a mixture ends."""
    mixture, start = trio(), 40.0 * gauss(0)
    fine = trajectory(mixture.denoise, samplers.heun(grids.trailing(256, 0.02, 40.0)), start, gauss)
    states = {moment.position: moment.state for moment in fine}
    ends = [start, *(states[2 * place] for place in (64, 128, 192)), states[511]]
    table = samplers.few(grids.trailing(4, 0.02, 40.0))

    def jump(x: Tensor, sigma: Tensor, cond: object, target: Tensor) -> Tensor:
        del cond
        place = [row.sigma for row in table.rows].index(float(sigma[0]))
        ratio = (target / sigma)[:, None]
        return (ends[place + 1] - ratio * x) / (1 - ratio)

    assert torch.allclose(finish(trajectory(distilled(jump, table), table, start, gauss)), ends[4], atol=1e-9)


def test_churn_at_the_first_level_raises_the_start() -> None:
    """A churned first step begins at the raised level, which the caller adds as noise at once."""
    table = samplers.edm_churn((2.0, 1.0, 0.0), churn=0.5, s_noise=1.0)
    assert table.start == pytest.approx(2.5)
    assert table.rows[0].sigma == pytest.approx(2.5)


@pytest.mark.parametrize("name", sorted(registry("samplers")))
@pytest.mark.parametrize("grid", [(), (1.0,), (1.0, 0.5), (0.5, 1.0, 0.0), (1.0, 1.0, 0.0), (math.inf, 0.0)])
def test_what_is_no_grid_is_refused(name: str, grid: tuple[float, ...]) -> None:
    """Grids that do not decrease strictly from a finite level to 0 raise ValueError."""
    with pytest.raises(ValueError, match="a grid decreases strictly"):
        samplers.sampler(name)(grid)


def test_what_a_scheduler_needs_imports_no_torch() -> None:
    """Compiling samplers and reading guidance intervals works in a process without tensors."""
    modules = ", ".join(f"models.diffusion.{name}" for name in ("tables", "grids", "samplers", "guidance"))
    program = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_unknown_sampler_is_refused_with_the_known_names() -> None:
    """The error lists what exists."""
    with pytest.raises(ValueError, match="unknown samplers 'heunn'; known: ancestral, ddim"):
        samplers.sampler("heunn")
