"""What lies beside a system: there or not, and refused when it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from models.checkpoint import CheckpointError, write_weights
from models.latent.parts import (
    DENOISER,
    load_classifier,
    load_few,
    load_weak,
    save_classifier,
    save_few,
    save_weak,
)
from models.nets.classifier import ClassifierShape, NoiseAwareClassifier
from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.few import Adapters

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_folder_has_no_parts(tmp_path: Path) -> None:
    """Nothing is offered that is not there."""
    assert load_classifier(tmp_path) is None
    assert load_weak(tmp_path) is None


def test_a_classifier_is_read_back(tmp_path: Path) -> None:
    """Names and, in half precision, logits are those that were written."""
    shape = ClassifierShape(
        width=32, depth=1, heads=2, hidden=32, channels=4, side=4, questions={"weight": ("bold", "thin")}
    )
    net = NoiseAwareClassifier(shape)
    save_classifier(net, tmp_path)
    found = load_classifier(tmp_path)
    assert found is not None
    assert found.shape == shape
    x, sigma = torch.randn(2, 4, 4, 4), torch.tensor([0.1, 3.0])
    torch.testing.assert_close(found(x, sigma)["weight"], net(x, sigma)["weight"], atol=2e-2, rtol=2e-2)


def test_a_weaker_denoiser_is_read_back(tmp_path: Path) -> None:
    """It denoises the same latents as the system beside it."""
    shape = TransformerShape(width=32, depth=1, heads=2, hidden=32, channels=4, side=4)
    save_weak(DiffusionTransformer(shape), 6, tmp_path)
    weak = load_weak(tmp_path)
    assert weak is not None
    assert (weak.net.shape, weak.length) == (shape, 6)
    x = torch.randn(2, 4, 4, 4)
    assert weak(x, torch.tensor([1.0, 2.0]), None).shape == x.shape


def test_a_few_step_head_belongs_to_the_denoiser_it_was_made_of(tmp_path: Path) -> None:
    """It is read back beside those weights, and refused beside others."""
    net = DiffusionTransformer(TransformerShape(width=32, depth=1, heads=2, hidden=32, channels=4, side=4))
    base = LatentDenoiser(net, 6)
    assert load_few(tmp_path, base) is None
    (tmp_path / DENOISER).write_bytes(b"those")
    save_few(Adapters(net, 2), tmp_path, tmp_path)
    few = load_few(tmp_path, base)
    assert few is not None
    x, sigma = torch.randn(2, 4, 4, 4), torch.tensor([1.0, 2.0])
    torch.testing.assert_close(few(x, sigma, None, sigma / 2), base(x, sigma, None))
    (tmp_path / DENOISER).write_bytes(b"others")
    with pytest.raises(CheckpointError, match="few"):
        load_few(tmp_path, base)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """The error names the file."""
    save_weak(DiffusionTransformer(TransformerShape(width=32, depth=1, heads=2, hidden=32)), 6, tmp_path)
    write_weights(tmp_path / "weak.safetensors", {"stray": torch.zeros(2)})
    with pytest.raises(CheckpointError, match="weak"):
        load_weak(tmp_path)
