"""Measures how long a picture takes, alone and among eight, and how soon it begins to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.pictures import Made, make, make_at_once
from tests.bench.report import Report, Table
from tests.bench.server import serving
from tests.bench.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.conditions import Conditions
    from tests.bench.server import Server

ALONE = 8  # pictures a round, one after the other
WAITING = 8
READY_S = 300.0
WORDS = """`POST /v1/images/generations` at the default settings (128 x 128, {steps} steps, guidance on),
as a stream with previews, not kept. Alone: {alone} pictures a round, one after the other. Eight waiting:
as many asked for at the same moment, which the worker batches. Rounds: {rounds}, turn and turn about; one
warm-up before."""


def measure(conditions: Conditions) -> Report:
    """Measure both in turn."""
    alone: list[tuple[list[Made], float]] = []
    waiting: list[tuple[list[Made], float]] = []
    data = ["serve", "--data", str(conditions.collection())]
    with serving("app", data, conditions.scratch / "generation.log") as server:
        server.wait(lambda: bool(server.ask("GET", "/v1/stats")["model_ready"]), READY_S)
        make_at_once(server, WAITING, 0)
        for number_of_round in range(conditions.rounds):
            seed = 10_000 + 100 * number_of_round
            alone.append(_one_by_one(server, seed))
            waiting.append(make_at_once(server, WAITING, seed + 50))
    words = WORDS.format(steps=10, alone=ALONE, rounds=conditions.rounds)
    head = ["pictures", "first preview s", "whole s", "longest s", "pictures a second"]
    rows = [_row("alone", alone), _row("eight waiting", waiting)]
    return Report("generation", "Making pictures", words, [Table(head, rows)])


def _one_by_one(server: Server, seed: int) -> tuple[list[Made], float]:
    made = [make(server, seed + i) for i in range(ALONE)]
    return made, sum(one.whole_s for one in made)


def _row(name: str, rounds: Sequence[tuple[list[Made], float]]) -> list[str]:
    def spread(read: Callable[[list[Made]], float]) -> str:
        return str(Spread.of([read(made) for made, _ in rounds]))

    def middle(values: list[float]) -> float:
        return Spread.of(values).middle

    return [
        name,
        spread(lambda made: middle([one.preview_s for one in made])),
        spread(lambda made: middle([one.whole_s for one in made])),
        spread(lambda made: max(one.whole_s for one in made)),
        str(Spread.of([len(made) / seconds for made, seconds in rounds])),
    ]
