"""Proves on a simulated world that training pays: held-out sessions by its truth, then an experiment."""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import asdict, dataclass
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
METRIC = "clicks@3"
MAX_HELD_OUT = 400  # sessions
SETTLE_S = 2.0  # exposures are written behind the answers


@dataclass(frozen=True, slots=True)
class Trial:
    """Who the ranker is tried on: people, the first day (from 0), and how many days."""

    people: Sequence[Person]
    first_day: int
    num_days: int


def prove(traffic: Traffic, journal: Journal, trial: Trial, data: Path, play_day: PlayDay) -> int:
    """Train on everything so far, compare on the sessions to come, try it on them; 0 when it proves better.

    Held-out sessions are asked before anybody acts on their day, so that they are new to the ranker. What
    was found is kept in the journal: an interrupted trial goes on with the same ranker.
    """
    if RANKER not in journal.facts:
        time.sleep(SETTLE_S)
        wanted = Wanted(RANKER, seed=journal.plan.seed)
        package = train_ranker(Settings(data=data), wanted, lambda text: print(text, file=sys.stderr))
        truth = asdict(_compare(traffic, trial, journal.plan.seed, str(package.id)))
        journal.keep({RANKER: str(package.id), "truth": truth})
    ranker, truth = journal.facts[RANKER], journal.facts["truth"]
    print(
        f"true nDCG@10 of {ranker} less that of the fused order, held out: {truth['difference']:+.4f} "
        f"[{truth['low']:+.4f}, {truth['high']:+.4f}], p {truth['p_value']:.4f}"
    )
    _start(traffic.client, ranker)
    for day in range(trial.first_day, trial.first_day + trial.num_days):
        play_day(traffic, journal, trial.people, day)
    time.sleep(SETTLE_S)
    best = _report(traffic.client, trial)
    return 0 if truth["low"] > 0 and best["interval"][0] > 0 else 1


def _report(client: Client, trial: Trial) -> dict[str, Any]:
    """Print the experiment's report, and return how the learned arm compares, the past taken out."""
    report = client.ask("GET", f"/v1/experiments/{EXPERIMENT}/report")
    found = report["arms"][1]["metrics"][METRIC]
    best: dict[str, Any] = found.get("cuped", found)
    low, high = (math.nan if end is None else end for end in best["interval"])
    gain = f"{best['difference']:+.4f} [{low:+.4f}, {high:+.4f}]"
    print(
        f"experiment of {trial.num_days} days, {METRIC}: {gain}, "
        f"p {best['p_value']:.4f}, at any time {best['always_valid']['p_value']:.4f}; "
        f"verdict: {report['verdict']}"
    )
    print(json.dumps(report, indent=2), file=sys.stderr)
    return {**best, "interval": (low, high)}


def _compare(traffic: Traffic, trial: Trial, seed: int, ranker: str) -> Paired:
    day = plan_day(traffic.world, trial.people, trial.first_day, seed)
    sessions = list(islice(day, MAX_HELD_OUT))
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
