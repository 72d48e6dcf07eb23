"""Asks the nets about the rows of one call and joins what they say into each task's denoised estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from models.diffusion import guidance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from app.worker.batch import Batch
    from app.worker.prompts import Prompts
    from app.worker.system import System


class Opinions:
    """One call each of the denoiser, the few-step head, the weaker denoiser and the classifier where asked.

    Each is about its rows alone, so that mates of other kinds of guidance change no bit:

        D = D_2 + scale·(D_1 - D_2)
          + (weak_scale - 1)·(D_1 - D_weak)
          + control_scale·sigma^2·grad log p(y | x; sigma)

    with D_1 for the prompt and D_2 for the negative one: Ho & Salimans 2022, eq. 6; Karras et al. 2024
    (autoguidance), section 4; Dhariwal & Nichol 2021, eq. 10-14. A term that is off is not computed.
    """

    def __init__(self, system: System, prompts: Prompts) -> None:
        self._system = system
        self._prompts = prompts

    def denoised(self, batch: Batch, states: Sequence[Tensor]) -> list[Tensor]:
        """Return each task's guided estimate (C, h, w) of its state (C, h, w)."""
        first = self._jumps(batch, states)
        second: list[Tensor] = []
        if batch.members:
            rows = [states[place] for place in batch.members]
            sigma = torch.tensor(batch.sigmas(batch.members))
            every = self._system.denoise_each(rows, sigma, self._prompts.batch(batch.told))
            first |= dict(zip(batch.denoised, every, strict=False))
            second = list(every[len(batch.denoised) :])
        guided = self._free(batch, first, second)
        self._add_weak(batch, states, first, guided)
        self._add_steering(batch, states, guided)
        return guided

    def _jumps(self, batch: Batch, states: Sequence[Tensor]) -> dict[int, Tensor]:
        """Return the few-step head's estimates by place; it was trained to say what guidance would."""
        if not batch.jumping:
            return {}
        told = self._prompts.batch([batch.tasks[place].told for place in batch.jumping])
        sigma = torch.tensor(batch.sigmas(batch.jumping))
        target = torch.tensor([batch.tasks[place].row.target or 0.0 for place in batch.jumping])
        rows = [states[place] for place in batch.jumping]
        found = self._system.jump_each(rows, sigma, told, target)
        return dict(zip(batch.jumping, found, strict=True))

    def _free(self, batch: Batch, first: Mapping[int, Tensor], second: Sequence[Tensor]) -> list[Tensor]:
        joined = [first[place] for place in range(len(batch.tasks))]
        for place, other in zip(batch.guided, second, strict=True):
            weight = [batch.tasks[place].guidance]
            joined[place] = guidance.combine(first[place][None], other[None], weight)[0]
        return joined

    def _add_weak(
        self, batch: Batch, states: Sequence[Tensor], first: Mapping[int, Tensor], guided: list[Tensor]
    ) -> None:
        if not batch.weakened:
            return
        told = self._prompts.batch([batch.tasks[place].told for place in batch.weakened])
        sigma = torch.tensor(batch.sigmas(batch.weakened))
        rows = [states[place] for place in batch.weakened]
        for place, weaker in zip(
            batch.weakened, self._system.denoise_each(rows, sigma, told, weak=True), strict=True
        ):
            guided[place] = guided[place] + (batch.tasks[place].weak_scale - 1) * (first[place] - weaker)

    def _add_steering(self, batch: Batch, states: Sequence[Tensor], guided: list[Tensor]) -> None:
        if not batch.steered:
            return
        levels = batch.sigmas(batch.steered)
        rows = [states[place] for place in batch.steered]
        wishes = [batch.tasks[place].control for place in batch.steered]
        gradients = self._system.steer(rows, torch.tensor(levels), wishes)
        for place, level, gradient in zip(batch.steered, levels, gradients, strict=True):
            scale = batch.tasks[place].control_scale * level * level
            guided[place] = guided[place] + scale * gradient
