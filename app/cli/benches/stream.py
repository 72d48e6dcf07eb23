"""Draws a stream of mixed requests that arrive at random, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from app.domain.engine import Order
from app.domain.jobs import GenerationRequest

PROMPTS = (
    "heart, Phosphor bold icon, black on white",
    "house, Material Design filled icon",
    "arrow right, Remix line icon, blue on white",
    "cloud",
    "a red star on white",
    "shopping cart, outlined icon",
)
SAMPLERS = ("euler", "heun", "ancestral", "dpmpp_2m", "dpmpp_2m_sde", "unipc")
USUAL = 0.5  # of the requests have the default settings: the only ones that can be batched as equals
CANCELLED = 0.1  # of the requests are given up
PATIENCE = 0.5  # of the mean time between arrivals, then who gives up does


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order and the second at which it comes; `gives_up_at` is None for who waits."""

    at: float
    order: Order
    gives_up_at: float | None = None


def stream(count: int, rate: float, seed: int) -> list[Arrival]:
    """Return `count` orders of one picture at Poisson moments, `rate` a second on average.

    Half have the default settings with prompts and seeds of their own; the others differ in sampler,
    steps (4 to 12), guidance and its interval. The mix does not depend on the rate.
    """
    draw = random.Random(seed)
    now, arrivals = 0.0, []
    for number in range(count):
        now += draw.expovariate(1.0) / rate
        order = Order(f"job{number}", GenerationRequest(**_fields(draw)), (0,))
        gives_up = draw.random() < CANCELLED
        arrivals.append(Arrival(now, order, now + PATIENCE / rate if gives_up else None))
    return arrivals


def _fields(draw: random.Random) -> dict[str, Any]:
    usual = {"prompt": draw.choice(PROMPTS), "seed": draw.randrange(2**31), "partial_images": 1}
    varied = {
        "sampler": draw.choice(SAMPLERS),
        "steps": draw.randint(4, 12),
        "guidance": draw.choice([1.0, 2.0, 4.0, 7.5]),
        "guidance_interval": draw.choice([(0.2, 3.0), (0.0, 80.0), (0.2, 10.0)]),
        "negative_prompt": draw.choice(["", "", "thin outline"]),
    }
    return usual if draw.random() < USUAL else usual | varied
