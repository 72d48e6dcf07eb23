"""The tiny system keeps the protocol's promise: rows never depend on their mates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from app.worker.system import System


def test_rows_do_not_depend_on_their_mates() -> None:
    """Every row of a mixed batch has the bits it has alone, through denoising, decoding and previewing."""
    system: System = TinySystem()
    draw = torch.Generator().manual_seed(1)
    shapes = [system.shape_of(*system.sizes[i % 3]) for i in range(9)]
    latents = [torch.randn(shape, generator=draw) for shape in shapes]
    sigma = torch.linspace(0.05, 20, 9)
    cond = system.condition([f"word{i} horse" for i in range(9)], system.length)
    together = system.denoise_each(latents, sigma, cond)
    native = torch.stack(list(together[::3]))
    for i in range(9):
        one = type(cond)(cond.tokens[i : i + 1], cond.mask[i : i + 1], cond.pooled[i : i + 1])
        (alone,) = system.denoise_each(latents[i : i + 1], sigma[i : i + 1], one)
        assert torch.equal(alone, together[i])
        if i % 3 == 0:
            assert (system.decode(alone[None])[0] == system.decode(native)[i // 3]).all()
            assert (system.preview(alone[None])[0] == system.preview(native)[i // 3]).all()


def test_prompts_change_the_picture() -> None:
    """The tiny system listens, so a mixed-up conditioning would be seen."""
    system: System = TinySystem()
    x, sigma = torch.ones(2, *system.latent_shape), torch.ones(2)
    first, second = system.denoise_each(list(x), sigma, system.condition(["red horse", "blue house"], 6))
    assert not torch.equal(first, second)
