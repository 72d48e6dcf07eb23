"""The warm-up runs the real shapes and finds how many rows a call should hold."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from app.worker.prompts import Prompts
from app.worker.warmup import knee, warm_up
from tests.app.worker.studio import Clock
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    import numpy as np
    import torch


def test_knee_is_the_smallest_size_near_the_best_rate() -> None:
    """2, 4, 8, 16 rows at 20, 35, 40 and 41 rows a second: 8 rows are as good as 16."""
    sizes = [2, 4, 8, 16]
    warm = knee(sizes, [2 / 20, 4 / 35, 8 / 40, 16 / 41])
    assert warm.rows == 8
    assert warm.seconds_per_evaluation == pytest.approx(1 / 40)


def test_a_device_that_gains_nothing_keeps_small_calls() -> None:
    """When time grows with rows, two rows are as good as any."""
    assert knee([2, 4, 8], [2.0, 4.0, 8.0]).rows == 2


def test_every_size_up_to_the_limit_is_run_before_it_is_measured() -> None:
    """Powers of two and the limit itself are run four times; the first run of each is not counted."""
    system = TinySystem()
    ticks = itertools.count(0.0, 1.0)
    warm = warm_up(system, Prompts(system), 6, 8, lambda: next(ticks))
    assert system.calls == [2] * 4 + [1] * 2 + [4] * 4 + [6] * 4
    assert warm.rows == 6
    assert warm.seconds_per_evaluation == pytest.approx(1 / 6)


def test_the_decoder_has_a_budget_of_its_own() -> None:
    """As many pictures as are decoded in the time of a call, one at least, no more than the limit."""

    def decodes(call_s: float, decode_s: float, limit: int) -> int:
        clock = Clock(0.0)

        class Timed(TinySystem):
            def denoise_each(self, *args: Any, **options: Any) -> list[torch.Tensor]:
                clock.now += call_s
                return super().denoise_each(*args, **options)

            def decode(self, latents: torch.Tensor) -> np.ndarray:
                clock.now += decode_s
                return super().decode(latents)

        system = Timed()
        return warm_up(system, Prompts(system), 2, limit, clock).decodes

    assert [decodes(0.7, 0.2, 8), decodes(0.1, 0.5, 8), decodes(9.0, 0.1, 4)] == [3, 1, 4]
