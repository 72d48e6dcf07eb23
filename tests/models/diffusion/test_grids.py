"""Grids: the levels that papers print, and what a tail keeps."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from models.diffusion import grids
from models.exported import registry


@pytest.mark.parametrize("name", sorted(registry("grids")))
@pytest.mark.parametrize("num", [1, 2, 3, 17, 200])
def test_every_spacing_falls_from_sigma_max_to_zero(name: str, num: int) -> None:
    """Any spacing gives num positive levels from sigma_max, none below sigma_min, and then 0."""
    levels = grids.spacing(name)(num, 0.01, 50.0)
    assert levels[0] == pytest.approx(50.0)
    assert levels[-1] == 0.0
    assert len(levels) == num + 1
    assert levels[-2] >= 0.01 * (1 - 1e-9)
    assert all(high > low for high, low in pairwise(levels))


def test_karras_levels_are_uniform_in_the_seventh_root() -> None:
    """Three levels at rho 7: the middle one is the seventh power of the mean of the roots."""
    high, middle, low, zero = grids.karras(3, 0.002, 80.0)
    assert (high, low, zero) == pytest.approx((80.0, 0.002, 0.0))
    assert middle == pytest.approx(((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7)
    assert middle == pytest.approx(2.5152, abs=1e-4)


def test_exponential_levels_have_one_ratio() -> None:
    """From 8 to 1 in four levels each is half the one before."""
    assert grids.exponential(4, 1.0, 8.0)[:-1] == pytest.approx((8.0, 4.0, 2.0, 1.0))


def test_trailing_levels_take_equal_angles_and_leave_out_the_cleanest() -> None:
    """Counted back from 1 (45 degrees) towards tan 15 degrees in two steps: 45 and 30 degrees."""
    levels = grids.trailing(2, math.tan(math.radians(15)), 1.0)
    assert levels == pytest.approx((1.0, math.tan(math.radians(30)), 0.0))


def test_betas_levels_follow_the_linear_beta_process() -> None:
    """With the score-SDE coefficients 0.1 and 20 the grid's ends and middle are that process's sigma."""

    def sigma(t: float) -> float:
        return math.sqrt(math.expm1(0.5 * 19.9 * t * t + 0.1 * t))

    levels = grids.betas(3, sigma(1e-3), sigma(1.0))
    assert levels == pytest.approx((sigma(1.0), sigma((1 + 1e-3) / 2), sigma(1e-3), 0.0))


def test_the_ladder_of_a_discrete_model_starts_at_its_first_beta() -> None:
    """sigma_1 is sqrt(beta / (1 - beta)), and two equal betas compound."""
    assert grids.ladder([0.2, 0.2]) == pytest.approx((0.5, math.sqrt(0.36 / 0.64)))


def test_trailing_of_a_ladder_takes_the_noisiest_of_each_stretch() -> None:
    """Five of a thousand levels are numbers 999, 799, 599, 399 and 199 (Lin et al. 2024, table 2)."""
    ladder = [1.0 + i for i in range(1000)]
    assert grids.trailing_of(ladder, 5) == (1000.0, 800.0, 600.0, 400.0, 200.0, 0.0)
    with pytest.raises(ValueError, match="cannot pick 6 of 5 levels"):
        grids.trailing_of(ladder[:5], 6)


@pytest.mark.parametrize(
    ("sigma", "kept"),
    [
        (9.0, (8.0, 4.0, 2.0, 1.0, 0.0)),
        (4.0, (4.0, 2.0, 1.0, 0.0)),
        (3.0, (2.0, 1.0, 0.0)),
        (0.1, (1.0, 0.0)),
    ],
)
def test_a_tail_starts_at_the_highest_level_not_above_the_wanted_one(
    sigma: float, kept: tuple[float, ...]
) -> None:
    """A tail never starts noisier than asked, and never loses its last step."""
    assert grids.tail((8.0, 4.0, 2.0, 1.0, 0.0), sigma) == kept


@pytest.mark.parametrize(
    ("num", "low", "high"),
    [(0, 0.1, 1.0), (3, 0.0, 1.0), (3, 1.0, 1.0), (3, 0.1, math.inf), (3, 0.1, math.nan)],
)
@pytest.mark.parametrize("name", sorted(registry("grids")))
def test_levels_that_cannot_be_are_refused(name: str, num: int, low: float, high: float) -> None:
    """No level count below one, no zero minimum, no empty or endless range."""
    with pytest.raises(ValueError, match="need num >= 1"):
        grids.spacing(name)(num, low, high)
