"""Splines: monotone, exact backwards, and their slopes are those of autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.flow.spline import Knots, bend, knots, unbend

if TYPE_CHECKING:
    from torch import Tensor


def raw(*shape: int, scale: float = 2.0) -> Tensor:
    """Free numbers of splines with five bins."""
    generator = torch.Generator().manual_seed(0)
    return scale * torch.randn(*shape, 14, dtype=torch.float64, generator=generator)


def line(num: int) -> Tensor:
    """Numbers on both sides of the box [-3, 3]."""
    return torch.linspace(-4, 4, num, dtype=torch.float64)


def test_a_spline_passes_through_its_knots() -> None:
    """At every x of a knot stands its y."""
    at = knots(raw(1), 3.0)
    y, _ = bend(at.x[0], Knots(*(part.expand(6, 6) for part in (at.x, at.y, at.slope))))
    assert torch.allclose(y, at.y[0], atol=1e-12)


def test_slopes_are_those_of_autograd_and_positive() -> None:
    """The stated log slope is the derivative, in every bin and outside of the box."""
    x = line(500).requires_grad_()
    y, log_slope = bend(x, knots(raw(500), 3.0))
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert bool((slope > 0).all())
    assert torch.allclose(log_slope, slope.log(), atol=1e-9)
    assert float(log_slope.detach().abs().max()) > 1


def test_the_slope_at_a_knot_is_the_one_chosen() -> None:
    """Just beside each inner knot the derivative is the knot's slope, from both sides."""
    at = knots(raw(1), 3.0)
    for side in (-1e-12, 1e-12):
        x = at.x[0, 1:-1] + side
        _, log_slope = bend(x, Knots(*(part.expand(4, 6) for part in (at.x, at.y, at.slope))))
        assert torch.allclose(log_slope.exp(), at.slope[0, 1:-1], rtol=1e-5)


def test_unbending_inverts_bending() -> None:
    """There and back is the identity to double precision, for mild and wild splines."""
    for scale in (0.1, 2.0, 5.0):
        at = knots(raw(500, scale=scale), 3.0)
        assert torch.allclose(unbend(bend(line(500), at)[0], at), line(500), atol=1e-9)


def test_outside_the_box_nothing_moves() -> None:
    """Beyond the bound the spline is the identity with slope 1."""
    x = torch.tensor([-3.5, 3.1, 100.0], dtype=torch.float64)
    at = knots(raw(3), 3.0)
    y, log_slope = bend(x, at)
    assert torch.equal(y, x)
    assert log_slope.tolist() == [0.0, 0.0, 0.0]
    assert torch.equal(unbend(x, at), x)


def test_zeros_are_the_identity() -> None:
    """With free numbers zero, an untrained spline leaves everything where it is."""
    y, log_slope = bend(line(50), knots(torch.zeros(50, 14, dtype=torch.float64), 3.0))
    assert torch.allclose(y, line(50), atol=1e-12)
    assert torch.allclose(log_slope, torch.zeros(50, dtype=torch.float64), atol=1e-12)
