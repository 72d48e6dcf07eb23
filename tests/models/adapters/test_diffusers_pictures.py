"""Pictures and latents as the autoencoder of diffusers has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from models.adapters.diffusers_pictures import KLAutoencoder
from models.adapters.diffusers_system import DiffusersSystem
from tests.models.adapters import checkpoints
from tests.models.adapters.pairs import SIZE, Pair

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_latents_are_the_pipeline_s_scaled_ones(pair: Pair) -> None:
    """A picture's latent is (mode - shift)·scale, in which the network was trained."""
    pixels = np.random.default_rng(0).integers(0, 256, (1, SIZE, SIZE, 3), dtype=np.uint8)
    unit = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    vae = pair.theirs.vae
    with torch.no_grad():
        mode = vae.encode(unit).latent_dist.mode()
    expected = (mode - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor
    torch.testing.assert_close(pair.ours.encode(pixels), expected)


def test_a_preview_is_a_small_picture_of_large_latents(small: Path) -> None:
    """Latents over 32 a side are averaged first; of flat ones the preview is the picture itself, smaller."""
    system = DiffusersSystem.load(small, picture_size=64 * checkpoints.FACTOR)
    flat = torch.ones(1, 4, 64, 64) * torch.tensor([0.4, -0.2, 0.1, 0.9]).reshape(1, 4, 1, 1)
    preview, picture = system.preview(flat), system.decode(flat)
    assert preview.shape == (1, 64, 64, 3)
    np.testing.assert_allclose(preview[0, 32, 32].astype(int), picture[0, 64, 64].astype(int), atol=12)


def test_channels_may_have_their_own_mean_and_deviation() -> None:
    """A folder that gives numbers a channel is standardised by them: latents of 1 are one deviation up."""
    pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
    torch.manual_seed(0)
    net = checkpoints.autoencoder(4, None).eval()
    net.register_to_config(latents_mean=[1.0, 2.0, 3.0, 4.0], latents_std=[2.0, 1.0, 0.5, 0.25])
    with torch.no_grad():
        ours = KLAutoencoder(net).decode(torch.ones(1, 4, 8, 8))
        raw = torch.tensor([1.0, 2.0, 3.0, 4.0]) + torch.tensor([2.0, 1.0, 0.5, 0.25]) / 0.6
        theirs = net.decode(raw.reshape(1, 4, 1, 1).expand(1, 4, 8, 8)).sample
    torch.testing.assert_close(ours, theirs.clamp(-1, 1))
