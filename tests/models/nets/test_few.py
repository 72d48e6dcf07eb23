"""A few-step student is its teacher until it has learned something, and then knows where to arrive."""

from __future__ import annotations

import torch
from torch import nn

from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.few import Adapters, merged
from models.nets.packed import velocities

SHAPE = TransformerShape(width=32, depth=3, heads=2, hidden=32, text_dim=8, channels=4, side=4)


def _net() -> DiffusionTransformer:
    torch.manual_seed(3)
    net = DiffusionTransformer(SHAPE)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.1)
    return net


def _input() -> tuple[torch.Tensor, ...]:
    draw = torch.Generator().manual_seed(1)
    x, tokens = torch.randn(3, 4, 4, 4, generator=draw), torch.randn(3, 5, 8, generator=draw)
    mask = torch.arange(5) < torch.tensor([[5], [2], [0]])
    return x, torch.tensor([0.3, 2.0, 40.0]), tokens * mask[:, :, None], mask, tokens.mean(1)


def test_untrained_adapters_change_nothing() -> None:
    """Every output of the student is the teacher's to the last bit, wherever it is to arrive."""
    net = _net()
    student = merged(net, Adapters(net, 4))
    assert torch.equal(student(*_input(), torch.tensor([0.0, 1.0, 2.0])), net(*_input()))
    assert net.jump is None


def test_a_student_minds_its_target_packed_or_not() -> None:
    """Trained adapters change every row, another target changes its row alone, and packing changes none."""
    net = _net()
    adapters = Adapters(net, 4)
    for parameter in adapters.parameters():
        nn.init.normal_(parameter, std=0.1)
    student = merged(net, adapters)
    near, far = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 0.5, 2.0])
    said, other = student(*_input(), near), student(*_input(), far)
    assert [torch.equal(a, b) for a, b in zip(said, other, strict=True)] == [True, False, True]
    assert not any(torch.equal(a, b) for a, b in zip(said, net(*_input()), strict=True))
    x, sigma, tokens, mask, pooled = _input()
    packed = velocities(student, list(x), sigma, tokens, mask, pooled, near)
    for one, expected in zip(packed, said, strict=True):
        torch.testing.assert_close(one, expected, atol=1e-5, rtol=1e-5)


def test_a_merged_weight_is_the_teachers_plus_a_product_of_low_rank() -> None:
    """The difference of any weight has the rank of the adapters."""
    net = _net()
    adapters = Adapters(net, 4)
    for parameter in adapters.parameters():
        nn.init.normal_(parameter)
    student = merged(net, adapters).state_dict()
    change = (
        student["blocks.1.attention.inputs.weight"] - net.state_dict()["blocks.1.attention.inputs.weight"]
    )
    assert int(torch.linalg.matrix_rank(change, atol=1e-3)) == 4
