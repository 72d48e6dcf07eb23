"""An assembled engine takes its shapes from the system and its budget from the warm-up."""

from __future__ import annotations

from app.worker.assembly import assemble
from app.worker.messages import Setup
from app.worker.prompts import Prompts
from app.worker.warmup import Warm
from tests.app.worker.studio import Clock, order, turn
from tests.app.worker.tiny import TinySystem


def test_the_budget_is_what_the_warm_up_found() -> None:
    """Warmed up to four rows, six unguided pictures need a call of four and one of two."""
    system = TinySystem()
    engine = assemble(system, Prompts(system), Setup(""), Warm(4, 0.5), clock=(clock := Clock()), timer=clock)
    assert (engine.budget.rows, engine.budget.tokens) == (4, 4 * (16 + system.length + system.neighbours))
    assert engine.gauges()["seconds_per_evaluation"] == 0.5
    engine.submit(order("a", num_images=6, steps=1, guidance=1.0))
    turn(engine)
    turn(engine)
    assert system.calls == [4, 2]
