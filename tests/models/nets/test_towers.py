"""The picture tower's fixed part: directions, places and colours of a drawing."""

from __future__ import annotations

import torch

from models.nets.towers import GradientTower, TowerShape

SHAPE = TowerShape(size=16, cell=8, directions=4, hidden=8, dim=6)


def _bar(ink: tuple[float, float, float], paper: tuple[float, float, float]) -> torch.Tensor:
    """A vertical bar in the left half, (1, 3, 16, 16)."""
    picture = torch.tensor(paper)[:, None, None].repeat(1, 16, 16)
    picture[:, 3:13, 3:6] = torch.tensor(ink)[:, None, None]
    return picture[None]


def test_a_vertical_bar_has_edges_across_where_it_stands() -> None:
    """Its energy is in the direction across and in the left cells; nothing is on the right."""
    tower = GradientTower(SHAPE)
    cells = tower.features(_bar((-1, -1, -1), (1, 1, 1)))[0, : SHAPE.edges].reshape(5, 2, 2)
    assert cells[0, :, 0].min() > 1.5 * cells[2, :, 0].max()
    assert cells[:, :, 1].max() < 1e-3


def test_edges_do_not_feel_colours_which_are_told_apart() -> None:
    """The same drawing in other colours has the same edges, and its paper and ink stand at the end."""
    tower = GradientTower(SHAPE)
    plain, red = (
        tower.features(_bar(*pair))[0] for pair in (((-1, -1, -1), (1, 1, 1)), ((1, -1, -1), (0, 0, 1)))
    )
    torch.testing.assert_close(plain[:-6], red[:-6])
    torch.testing.assert_close(red[-6:], torch.tensor([0.0, 0, 1, 1, -1, -1]), atol=1e-5, rtol=0)


def test_calibrated_edges_have_mean_zero() -> None:
    """The features that set the mean have none left, so a hidden layer starts from its bias."""
    tower, features = GradientTower(SHAPE), torch.rand(50, SHAPE.edges + 6)
    tower.calibrate(features)
    edges = (features[:, : SHAPE.edges] - tower.center) / tower.spread
    torch.testing.assert_close(edges.mean(0), torch.zeros(SHAPE.edges), atol=1e-5, rtol=0)
    assert tower(torch.rand(3, 3, 16, 16)).shape == (3, 6)
