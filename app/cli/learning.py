"""Proves on a simulated world that training pays: held-out sessions by its truth, then an experiment."""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from app.bootstrap.training import Wanted, train_ranker
from app.cli.progress import progress_bar
from app.evaluation.significance import compare_paired
from app.settings import Settings
from app.simulation.days import plan_day
from app.simulation.heldout import held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.client.http import Client
    from app.evaluation.significance import Paired
    from app.simulation.journal import Journal
    from app.simulation.people import Person
    from app.simulation.traffic import Traffic

    PlayDay = Callable[[Traffic, Journal, Sequence[Person], int], None]

RANKER = "simulated"
EXPERIMENT = "simulated"
METRIC = "reciprocal_rank"
MAX_HELD_OUT = 400  # sessions
SETTLE_S = 2.0  # exposures are written behind the answers


def prove(
    traffic: Traffic,
    journal: Journal,
    people: Sequence[Person],
    day: int,
    seed: int,
    data: Path,
    play_day: PlayDay,
) -> int:
    """Train on everything so far, compare on the sessions of `day`, try it on that day; 0 when both find it.

    The held-out sessions are asked before anybody acts on that day, so that they are new to the ranker.
    """
    time.sleep(SETTLE_S)
    wanted = Wanted(RANKER, seed=seed)
    package = train_ranker(Settings(data=data), wanted, lambda text: print(text, file=sys.stderr))
    ranker = str(package.id)
    truth = _compare(traffic, people, day, seed, ranker)
    print(
        f"true nDCG@10 of {ranker} less that of the fused order on held-out sessions of day {day + 1}: "
        f"{truth.difference:+.4f} [{truth.low:+.4f}, {truth.high:+.4f}], p {truth.p_value:.4f}"
    )
    _start(traffic.client, ranker)
    play_day(traffic, journal, people, day)
    time.sleep(SETTLE_S)
    report = traffic.client.ask("GET", f"/v1/experiments/{EXPERIMENT}/report")
    found = report["arms"][1]["metrics"][METRIC]
    best = found.get("cuped", found)
    print(
        f"experiment on day {day + 1}, {METRIC}: {best['difference']:+.4f} "
        f"[{best['interval'][0]:+.4f}, {best['interval'][1]:+.4f}], p {best['p_value']:.4f}, "
        f"at any time {best['always_valid']['p_value']:.4f}; verdict: {report['verdict']}"
    )
    print(json.dumps(report, indent=2), file=sys.stderr)
    return 0 if truth.low > 0 and best["interval"][0] > 0 else 1


def _compare(traffic: Traffic, people: Sequence[Person], day: int, seed: int, ranker: str) -> Paired:
    sessions = list(islice(plan_day(traffic.world, people, day, seed), MAX_HELD_OUT))
    with progress_bar("held out") as show:
        done = iter(range(1, len(sessions) + 1))
        ways: list[dict[str, Any]] = [{"ranker": "none"}, {"ranker": ranker}]
        fused, learned = held_out(
            traffic.client, traffic.world, sessions, ways, lambda: show(next(done), len(sessions))
        )
    means = f"fused {fused.mean():.4f}, learned {learned.mean():.4f}"
    print(f"true nDCG@10 on {len(sessions)} held-out sessions: {means}")
    return compare_paired(learned, fused, np.random.default_rng(seed))


def _start(client: Client, ranker: str) -> None:
    """Begin the experiment: the fused order against the ranker, half of the people each."""
    arms = [
        {"name": "fused", "override": {"ranker": "none"}},
        {"name": "learned", "override": {"ranker": ranker}},
    ]
    client.ask("PUT", f"/v1/experiments/{EXPERIMENT}", {"arms": arms, "metric": METRIC})
