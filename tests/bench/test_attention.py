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
    """At 1024 tokens the scores are 16 MiB in float32: one peak tells them, the other does not."""
    whole = cost(written_out, 1024, torch.float32, CPU, 1)
    blocks = cost(fused, 1024, torch.float32, CPU, 1)
    assert whole.peak_bytes > 16 * MEBIBYTE > blocks.peak_bytes
    assert min(whole.seconds, blocks.seconds) > 0
