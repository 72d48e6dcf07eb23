"""Prompts are encoded once, alone, and the least recent are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from app.worker.latents import to_bytes
from app.worker.prompts import Prompts
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.types import Conditioning


def told(*prompts: str) -> list[tuple[str, tuple[bytes, ...]]]:
    """Return prompts that nothing is shown beside."""
    return [(prompt, ()) for prompt in prompts]


class CountingSystem(TinySystem):
    """Remembers what it encoded."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[list[str]] = []

    def condition(
        self, prompts: Sequence[str], length: int, shown: Sequence[Sequence[Tensor]] = ()
    ) -> Conditioning:
        """Count and encode."""
        self.encoded.append(list(prompts))
        return super().condition(prompts, length, shown)


def test_batch_has_the_rows_of_each_prompt() -> None:
    """Row i is what the system says about prompt i, in order and with repeats."""
    system = TinySystem()
    batch = Prompts(system).batch(told("red horse", "", "red horse"))
    expected = system.condition(["red horse", "", "red horse"], system.length)
    assert torch.equal(batch.tokens, expected.tokens)
    assert torch.equal(batch.mask, expected.mask)
    assert torch.equal(batch.pooled, expected.pooled)


def test_each_prompt_is_encoded_once_and_alone() -> None:
    """Repeats come from memory; no prompt shares a batch of the text encoder."""
    system = CountingSystem()
    prompts = Prompts(system)
    prompts.batch(told("a", "b", "a"))
    prompts.batch(told("b"))
    assert system.encoded == [["a"], ["b"]]


def test_the_least_recently_used_prompt_is_forgotten() -> None:
    """With room for two, a third pushes out the one that was used longest ago."""
    system = CountingSystem()
    prompts = Prompts(system, capacity=2)
    for prompt in ("a", "b", "a", "c", "a", "b"):
        prompts.row(prompt)
    assert system.encoded == [["a"], ["b"], ["c"], ["b"]]


def test_what_is_shown_makes_another_row() -> None:
    """The same words with and without a neighbour are two rows; a latent of another size is refused."""
    system, latent = TinySystem(), torch.ones(4, 4, 4)
    prompts = Prompts(system)
    plain, beside = prompts.row("a horse"), prompts.row("a horse", (to_bytes(latent),))
    assert torch.equal(beside.tokens, system.condition(["a horse"], system.length, [[latent]]).tokens)
    assert not torch.equal(plain.mask, beside.mask)
    assert torch.equal(plain.mask, prompts.row("a horse").mask)
    with pytest.raises(ValueError, match="bytes"):
        prompts.row("a horse", (b"short",))
