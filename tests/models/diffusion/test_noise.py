"""Noise: a key gives its numbers for ever, whatever else is drawn."""

from __future__ import annotations

import pytest
import torch

from models.diffusion import noise

GOLDEN = [[0.3375714421272278, -0.7821534872055054], [-0.3160251975059509, -2.101215362548828]]


def test_a_key_gives_the_same_numbers_for_ever() -> None:
    """These values were drawn once; a library that changes them breaks every stored receipt."""
    first = noise.normal(42, 0, 0, (2, 2))
    assert first.tolist() == GOLDEN
    assert first.dtype == torch.float32


def test_batches_and_order_do_not_matter() -> None:
    """A draw made alone, late or inside a batch has the same bytes."""
    alone = noise.normal(7, 2, 5, (4, 8, 8))
    stacked = noise.batch([(1, 0), (7, 2), (7, 3)], 5, (4, 8, 8))
    assert torch.equal(stacked[1], alone)


def test_image_i_of_a_request_is_the_only_image_of_the_seed_plus_i() -> None:
    """(seed, image) and (seed + image, 0) are one key, also where the seeds wrap round."""
    assert torch.equal(noise.normal(10, 3, 1, (5,)), noise.normal(13, 0, 1, (5,)))
    assert torch.equal(noise.normal(2**63 - 1, 1, 0, (5,)), noise.normal(0, 0, 0, (5,)))


def test_seeds_and_draws_give_unrelated_standard_normals() -> None:
    """Moments are those of a standard normal; neighbouring keys do not correlate."""
    num = 40_000
    rows = torch.stack([noise.normal(s, 0, d, (num,)) for s, d in [(0, 0), (1, 0), (0, 1), (2**62, 9)]])
    correlation = torch.corrcoef(rows)
    assert (correlation - torch.eye(4)).abs().max() < 0.02
    assert rows.mean(1).abs().max() < 0.02
    assert (rows.var(1) - 1).abs().max() < 0.03
    assert (rows.pow(4).mean(1) - 3).abs().max() < 0.2


@pytest.mark.parametrize("key", [(-1, 0, 0), (2**63, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_keys_out_of_range_are_refused(key: tuple[int, int, int]) -> None:
    """Seeds are 63-bit, images and draws are counted from 0."""
    with pytest.raises(ValueError, match=r"need 0 <= seed|counted from 0"):
        noise.normal(*key, (1,))
