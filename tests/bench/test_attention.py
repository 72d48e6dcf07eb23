"""The two ways of attending are the same map, and the bench sees what the written-out one holds."""

from __future__ import annotations

import torch

from tests.bench.attention import HEADS, MEBIBYTE, cost, fused, written_out

CPU = torch.device("cpu")


def test_both_ways_say_the_same() -> None:
    """What is measured against each other gives equal results to rounding."""
    query, key, value = torch.randn(3, 1, HEADS, 65, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(fused(query, key, value), written_out(query, key, value))


def test_the_matrix_of_scores_is_seen_in_memory() -> None:
    """At 2048 tokens the scores are 64 MiB in float32: one peak tells them, the other does not.

    The process may hold freed memory that it uses again: half of it is enough to tell them apart.
    """
    whole = cost(written_out, 2048, torch.float32, CPU, 1)
    blocks = cost(fused, 2048, torch.float32, CPU, 1)
    assert whole.peak_bytes > 32 * MEBIBYTE > blocks.peak_bytes
    assert min(whole.seconds, blocks.seconds) > 0
