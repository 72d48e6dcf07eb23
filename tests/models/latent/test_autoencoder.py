"""The autoencoder's arithmetic on a small instance."""

from __future__ import annotations

import pytest
import torch

from models.latent import AutoencoderShape, ConvAutoencoder

SMALL = AutoencoderShape(
    fold=4, widths=(16, 16, 32), encoder_blocks=(0, 1, 1), decoder_blocks=(1, 1, 1), channels=4
)


@pytest.fixture
def net() -> ConvAutoencoder:
    """A small net with weights everywhere and statistics that are not trivial."""
    torch.manual_seed(0)
    net = ConvAutoencoder(SMALL).requires_grad_(requires_grad=False)
    for parameter in net.parameters():
        if parameter.abs().max() == 0:
            parameter.normal_(std=0.05)
    net.mean.copy_(torch.tensor([1.0, -2.0, 0.5, 0.0]))
    net.std.copy_(torch.tensor([2.0, 0.5, 1.0, 4.0]))
    return net


def test_sixteen_pixels_a_side_become_one_position(net: ConvAutoencoder) -> None:
    """A picture of 48 x 32 pixels has 3 x 2 positions, and decodes to its own size."""
    assert SMALL.factor == 16
    latents = net.encode(torch.rand(2, 3, 48, 32))
    assert latents.shape == (2, 4, 3, 2)
    assert net.decode(latents).shape == (2, 3, 48, 32)


def test_latents_are_standardised_by_channel(net: ConvAutoencoder) -> None:
    """Encode is (moment - mean) / std for each channel, and decode undoes it."""
    pictures = torch.rand(2, 3, 32, 32) * 2 - 1
    raw, _ = net.moments(pictures)
    latents = net.encode(pictures)
    for channel, (mean, std) in enumerate([(1.0, 2.0), (-2.0, 0.5), (0.5, 1.0), (0.0, 4.0)]):
        torch.testing.assert_close(latents[:, channel], (raw[:, channel] - mean) / std)
    torch.testing.assert_close(net.decode(latents), net.decode_raw(raw).clamp(-1, 1), atol=1e-4, rtol=1e-4)


def test_decoded_pictures_stay_in_range(net: ConvAutoencoder) -> None:
    """Whatever the latent, pixels are within [-1, 1]."""
    pictures = net.decode(100.0 * torch.randn(2, 4, 2, 2, generator=torch.Generator().manual_seed(0)))
    assert float(pictures.min()) >= -1.0
    assert float(pictures.max()) <= 1.0
