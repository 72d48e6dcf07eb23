"""The noise-aware classifier: its gradient steers, and no row feels its mates."""

from __future__ import annotations

import pytest
import torch

from models.diffusion.classifier_guidance import gradient
from models.nets.classifier import ClassifierShape, NoiseAwareClassifier

QUESTIONS = {"family": ("round", "square"), "weight": ("bold", "light", "thin")}


@pytest.fixture(scope="module")
def net() -> NoiseAwareClassifier:
    """A small classifier whose modulation is not zero, as after training."""
    torch.manual_seed(0)
    shape = ClassifierShape(width=32, depth=2, heads=2, hidden=32, channels=4, side=4, questions=QUESTIONS)
    made = NoiseAwareClassifier(shape)
    with torch.no_grad():
        for block in made.blocks:
            block.own.normal_()  # type: ignore[operator]  # a parameter, which modules do not tell
    return made.eval().requires_grad_(requires_grad=False)


def _rows(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return 2 * torch.randn(count, 4, 4, 4, generator=generator), torch.rand(count, generator=generator) * 5


def test_the_log_probability_is_that_of_the_wished_classes(net: NoiseAwareClassifier) -> None:
    """A wish for one class is its log softmax, for two the sum, for none zero."""
    x, sigma = _rows(3)
    logs = {name: logits.log_softmax(1) for name, logits in net(x, sigma).items()}
    found = net.wanting([{"weight": "thin"}, {"weight": "bold", "family": "square"}, {}])(x, sigma)
    wanted = [logs["weight"][0, 2], logs["weight"][1, 0] + logs["family"][1, 1], torch.tensor(0.0)]
    torch.testing.assert_close(found, torch.stack(wanted))


def test_following_the_gradient_makes_the_wish_likelier(net: NoiseAwareClassifier) -> None:
    """A small step along the gradient raises log p of every row that wishes something."""
    x, sigma = _rows(8)
    log_p = net.wanting([{"weight": "light"}] * 8)
    slope = gradient(log_p, x, sigma)
    assert bool((log_p(x + 0.01 * slope, sigma) > log_p(x, sigma)).all())
    assert bool((gradient(net.wanting([{}] * 8), x, sigma) == 0).all())


def test_a_gradient_never_feels_its_mates(net: NoiseAwareClassifier) -> None:
    """Alone and in any batch a row's gradient has the same bits, whatever the others wish."""
    x, sigma = _rows(9)
    wishes = [{"weight": QUESTIONS["weight"][i % 3]} for i in range(9)]
    together = gradient(net.wanting(wishes), x, sigma)
    for i in range(9):
        alone = gradient(net.wanting([wishes[i]]), x[i : i + 1], sigma[i : i + 1])
        assert torch.equal(alone[0], together[i])


def test_unknown_wishes_name_what_there_is(net: NoiseAwareClassifier) -> None:
    """The error lists the questions, or the classes."""
    with pytest.raises(ValueError, match="family, weight"):
        net.wanting([{"colour": "red"}])
    with pytest.raises(ValueError, match="bold, light, thin"):
        net.wanting([{"weight": "heavy"}])
