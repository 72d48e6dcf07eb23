"""Pictures and sentence vectors in one space."""

from __future__ import annotations

import math

import torch

from models.nets.pairing import Pairing
from models.nets.towers import TowerShape


def test_texts_start_from_a_linear_map() -> None:
    """Untrained, the head is linear: opposite sentences have opposite vectors."""
    net = Pairing(TowerShape(size=16, hidden=8, dim=4), 12, 8)
    torch.nn.init.zeros_(net.straight.bias)
    torch.nn.init.zeros_(net.second.bias)
    rows = torch.randn(3, 12)
    torch.testing.assert_close(net.texts(-rows), -net.texts(rows))


def test_the_sharpness_has_a_ceiling() -> None:
    """However far training pushes it, logits are at most a hundred times the product."""
    net = Pairing(TowerShape(size=16, hidden=8, dim=4), 12, 8)
    assert math.isclose(float(net.sharpness().detach()), 1 / 0.07, rel_tol=1e-5)
    torch.nn.init.constant_(net.scale, 9.0)
    assert math.isclose(float(net.sharpness().detach()), 100.0, rel_tol=1e-5)
