"""Positions, noise levels and few-row linear maps."""

from __future__ import annotations

import torch

from models.nets.embeddings import NoiseLevel, RowLinear, rotary_table, rotate


def test_few_rows_have_the_bits_of_many() -> None:
    """One row alone, and the same row among forty, come out the same, and right."""
    torch.manual_seed(0)
    linear = RowLinear(96, 64).requires_grad_(requires_grad=False)
    rows = torch.randn(40, 96)
    assert torch.equal(linear(rows[:1]), linear(rows)[:1])
    expected = (rows.double() @ linear.weight.double().T + linear.bias.double()).float()
    torch.testing.assert_close(linear(rows), expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(linear(rows.reshape(4, 10, 96)), linear(rows).reshape(4, 10, 64))


def test_turned_products_depend_on_the_distance_only() -> None:
    """Between two positions a step apart in the same direction the product is the same everywhere."""
    cosine, sine = rotary_table(8, 32)
    torch.manual_seed(0)
    query, key = torch.randn(32), torch.randn(32)
    turned_query, turned_key = (
        rotate(query.expand(64, 32), cosine, sine),
        rotate(key.expand(64, 32), cosine, sine),
    )
    products = (turned_query @ turned_key.T).reshape(8, 8, 8, 8)
    torch.testing.assert_close(products[1, 2, 3, 5], products[4, 0, 6, 3], rtol=1e-4, atol=1e-4)
    assert abs(float(products[1, 2, 3, 5] - products[1, 2, 3, 4])) > 1e-2


def test_turning_keeps_lengths() -> None:
    """A rotation changes no norm, and position (0, 0) nothing at all."""
    cosine, sine = rotary_table(8, 32)
    x = torch.randn(64, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(rotate(x, cosine, sine).norm(dim=1), x.norm(dim=1))
    assert torch.equal(rotate(x, cosine, sine)[0], x[0])


def test_near_levels_are_near_and_far_ones_far() -> None:
    """The vector of a noise level moves with its logarithm."""
    torch.manual_seed(0)
    level = NoiseLevel(32).requires_grad_(requires_grad=False)
    one, near, far = level(torch.tensor([1.0, 1.001, 30.0]))
    assert float((one - near).norm()) < 0.1 * float((one - far).norm())
