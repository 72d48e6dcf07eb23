"""A hired client knows what an order costs before any worker runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.errors import Overloaded
from app.worker.hire import GUESS_S, hire
from tests.app.worker.studio import order


def test_the_bound_and_the_cost_are_known_from_the_start() -> None:
    """Before the first worker is ready, the wait is the sampler's exact evaluations times a guess."""

    async def scenario() -> None:
        client = hire(
            Path("plain"),
            model="tiny",
            native_size=(16, 16),
            max_pictures=1,
            loader="tests.app.worker.tiny:load",
        )
        await client.open()
        client.admit(order("a", sampler="heun", steps=18))
        with pytest.raises(Overloaded) as refusal:
            client.admit(order("b"))
        await client.close()
        assert refusal.value.retry_after_s == pytest.approx(35 * GUESS_S)

    asyncio.run(scenario())
