"""Counts how often an experiment claims an effect in made-up worlds, with one and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.experiments.comparing import ALPHA
from tests.app.experiments.made import NUM_LOOKS, NUM_USERS, rejections
from tests.bench.report import Report, Table

if TYPE_CHECKING:
    from tests.bench.conditions import Conditions

WORLDS = 300
LIFTS = (0.0, 0.1, 0.33)
SEED = 5
WORDS = """{worlds} made-up worlds a row, each with {users} users in two arms who search and click with
habits of their own, and the lift of clicks that the row says; {looks} looks into each, by the code that
serves `GET /v1/experiments/{{name}}/report`. Shares of worlds in which an effect is claimed at {alpha:.0%}:
by the one p-value that was planned, after the last look; by that p-value at any look, which is what
looking every morning comes to; and by the always-valid p-value at any look, plain and with what the users
did before taken out (CUPED). Without a lift every claim is a false alarm."""


def measure(conditions: Conditions) -> Report:
    """Count claims; seeded, so that rounds would only repeat them."""
    del conditions
    rows = [
        [
            "none (A/A)" if lift == 0 else f"{lift:+.0%}",
            *(f"{share:.1%}" for share in rejections(lift, SEED, WORLDS)),
        ]
        for lift in LIFTS
    ]
    words = WORDS.format(worlds=WORLDS, users=NUM_USERS, looks=NUM_LOOKS, alpha=ALPHA)
    head = ["lift", "one planned look", "peeking", "always valid", "always valid, CUPED"]
    return Report("experiments", "What an experiment claims", words, [Table(head, rows)])
