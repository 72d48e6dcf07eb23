"""Orders become tasks whose tables, seeds and previews follow from the request alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.engine import Start
from app.worker.assembly import recipe_of
from app.worker.recipe import SEED_LIMIT, Paper, Recipe, preview_positions
from models.diffusion.grids import karras
from models.diffusion.noise import SEED_LIMIT as NOISE_LIMIT
from models.diffusion.samplers import heun
from models.exported import UnknownNameError
from tests.app.worker.studio import order
from tests.app.worker.tiny import TinySystem

RECIPE = recipe_of(TinySystem())


def test_each_picture_has_the_seed_of_a_single_request() -> None:
    """Picture i of a request is drawn from seed + i, wrapping round where noise seeds do."""
    tasks = RECIPE.tasks(order("a", num_images=3, seed=SEED_LIMIT - 2))
    assert [task.seed for task in tasks] == [SEED_LIMIT - 2, SEED_LIMIT - 1, 0]
    assert SEED_LIMIT == NOISE_LIMIT


def test_table_is_the_named_sampler_on_the_named_grid() -> None:
    """Sampler and grid are looked up by name and span the model's noise levels."""
    recipe = Recipe((0.1, 10.0), {(16, 16): Paper((4, 4, 4), 22)})
    (task,) = recipe.tasks(order("a", sampler="heun", grid="karras", steps=5))
    assert task.table == heun(karras(5, 0.1, 10.0))
    assert task.num_steps == 9


def test_unknown_names_are_refused() -> None:
    """A sampler nobody exported raises the error that lists the known ones."""
    with pytest.raises(UnknownNameError, match="dpmpp_2m"):
        RECIPE.tasks(order("a", sampler="magic"))


def test_only_missing_pictures_become_tasks() -> None:
    """An order that names some indices makes those alone, with unchanged seeds."""
    wanted = order("a", num_images=4, seed=10)
    partial = type(wanted)(wanted.job_id, wanted.request, (1, 3))
    assert [(task.index, task.seed) for task in RECIPE.tasks(partial)] == [(1, 11), (3, 13)]


def test_caller_priority_deadline_and_interval_are_carried() -> None:
    """What the scheduler orders by comes from the request."""
    (task,) = RECIPE.tasks(
        order("a", 77.0, user="ann", priority=3, at_deadline="fail", guidance_interval=[0.5, 2.0])
    )
    assert (task.caller, task.priority, task.deadline, task.keeps_late) == ("ann", 3, 77.0, False)
    assert (task.guidance.low, task.guidance.high) == (0.5, 2.0)


def test_a_start_runs_the_tail_of_its_grid_and_costs_no_more() -> None:
    """Only the levels not above the start's are visited, and the cost before admission is that number."""
    start = Start(2.0, latent=bytes(128))
    wanted = order("a", start=start, steps=20)
    (task,) = RECIPE.tasks(wanted)
    grid = karras(20, *RECIPE.sigma_span)
    assert [row.sigma for row in task.table.rows] == [sigma for sigma in grid if 0 < sigma <= 2.0]
    assert task.table.start == task.table.rows[0].sigma
    assert RECIPE.cost(wanted) == task.num_steps < 20
    assert RECIPE.cost(order("b", start=Start(1e-9, latent=bytes(128)), steps=20)) == 1


def test_a_size_the_model_draws_has_its_own_latent() -> None:
    """24 x 16 pixels are 6 x 4 positions; a size made by resampling is drawn in the model's own."""
    shapes = {size: RECIPE.tasks(order("a", size=size))[0].shape for size in ("24x16", "32x32", "auto")}
    assert shapes == {"24x16": (4, 4, 6), "32x32": (4, 4, 4), "auto": (4, 4, 4)}
    told = TinySystem.length + TinySystem.neighbours
    assert RECIPE.tasks(order("a", size="24x16"))[0].num_tokens == 24 + told


def test_guidance_that_the_model_lacks_is_refused() -> None:
    """Unknown classes and questions are named; a model without a weaker one cannot be guided by it."""
    assert RECIPE.tasks(order("a", control={"weight": "bold"}, autoguidance=2.0))
    for control in ({"weight": "fat"}, {"mood": "bold"}):
        with pytest.raises(ValueError, match="knows no"):
            RECIPE.tasks(order("a", control=control))
    with pytest.raises(ValueError, match="weaker"):
        Recipe(papers=RECIPE.papers).tasks(order("a", autoguidance=2.0))


@given(st.integers(1, 400), st.integers(0, 3))
def test_previews_come_before_the_picture_and_are_as_many_as_fit(num_steps: int, num_previews: int) -> None:
    """Previews lie strictly inside the evaluations; with enough of these there are as many as asked."""
    positions = preview_positions(num_steps, num_previews)
    assert all(0 < position < num_steps for position in positions)
    assert len(positions) <= num_previews
    if num_steps > 2 * num_previews:
        assert len(positions) == num_previews
