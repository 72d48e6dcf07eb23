"""Latents survive as bytes; pixels become what a system encodes."""

from __future__ import annotations

import pytest
import torch

from app.domain.engine import Pixels
from app.worker.latents import from_bytes, to_bytes, to_pictures


def test_a_latent_comes_back_as_float16_keeps_it() -> None:
    """Values round to half precision, in the order C, h, w, and too large ones saturate."""
    latent = torch.tensor([[[0.1, -2.0], [1e6, 3.0]], [[0.0, 5.5], [-1e6, 0.25]]])
    again = from_bytes(to_bytes(latent), (2, 2, 2))
    assert torch.equal(again, latent.clamp(-65504, 65504).half().float())
    assert to_bytes(latent)[2:4] == b"\x00\xc0"


def test_bytes_of_another_size_or_without_meaning_are_refused() -> None:
    """A missing number, or one that is not finite, is an error and no picture."""
    with pytest.raises(ValueError, match="has 8 bytes in float16, not 6"):
        from_bytes(b"\x00" * 6, (1, 2, 2))
    with pytest.raises(ValueError, match="finite"):
        from_bytes(b"\x00\x7c" * 4, (1, 2, 2))


def test_pixels_are_rows_of_three_bytes() -> None:
    """Content is read row by row, and must be whole."""
    pictures = to_pictures(Pixels(2, 1, b"abcdef"))
    assert pictures.shape == (1, 1, 2, 3)
    assert pictures[0, 0, 1].tolist() == list(b"def")
    with pytest.raises(ValueError, match="have 6 bytes, not 5"):
        to_pictures(Pixels(2, 1, b"abcde"))
