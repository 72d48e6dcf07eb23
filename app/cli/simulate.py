"""Plays days of made-up people against a service, and on request trains on them and proves what it gave."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import import_catalog, open_tools
from app.cli.learning import Trial, prove
from app.cli.options import add_data
from app.cli.progress import progress_bar
from app.client.http import Client
from app.client.serving import PATIENT, serving
from app.domain.errors import InvalidInput
from app.evaluation.asking import await_meaning
from app.settings import Settings
from app.simulation.days import DAY_S, plan_day
from app.simulation.journal import Journal, Plan
from app.simulation.looking import MODELS, PBM
from app.simulation.people import make_people
from app.simulation.things import read_things
from app.simulation.traffic import Traffic
from app.simulation.world import World

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from app.simulation.people import Person

NAME = "simulate"
HELP = "Play days of people who search and click against a service; seeded, safe to interrupt."
NOTED_EVERY = 20  # sessions between two notes of the journal
JOURNAL = "simulation.json"
TRIED = "trial_people"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--url", help="a running service; without it one is started on the data folder")
    parser.add_argument("--key", help="key of the running service")
    parser.add_argument(
        "--catalog", choices=("icons", "none"), default="none", help="of a service of its own"
    )
    parser.add_argument("--days", type=int, default=7, help="days of traffic (default: 7)")
    parser.add_argument("--people", type=int, default=200, help="how many people there are (default: 200)")
    parser.add_argument(
        "--model", choices=MODELS, default=PBM, help="how people look down a list (default: pbm)"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides everything (default: 0)")
    parser.add_argument(
        "--rate", type=float, default=0.0, help="searches a second at most (default: no bound)"
    )
    parser.add_argument(
        "--journal", type=Path, help=f"file to go on from (default: {JOURNAL} in the data folder)"
    )
    parser.add_argument(
        "--learn",
        action="store_true",
        help="then train a ranker on these days, compare it on the next day's sessions by the world's truth, "
        "and try it in an experiment; ends with 1 when either does not find it better",
    )
    parser.add_argument("--trial-days", type=int, default=3, help="days of the experiment (default: 3)")
    parser.add_argument(
        "--trial-people", type=int, help="people in the experiment (default: six times as many)"
    )


def run(options: argparse.Namespace) -> int:
    """Play, and prove when asked to."""
    if options.days < 1 or options.people < 1:
        raise InvalidInput("days", "at least one day and one person are needed")
    data = options.data or Path("data")
    with _service(options, data) as client:
        with progress_bar("read the collection") as tell:
            things = read_things(client, tell)
        world = World.make(things, options.seed)
        styles = sorted({style for one in things for style in one.styles})
        people = make_people(options.people, styles, options.seed)
        journal = _journal(options, data)
        traffic = Traffic(client, world, journal.plan.start, options.model, options.rate)
        if not journal.done:
            traffic.introduce(people)
        for day in range(options.days):
            play_day(traffic, journal, people, day)
        counts = traffic.counts
        print(f"{counts.sessions} sessions, {counts.searches} searches, {counts.clicks} clicks were played")
        if not options.learn:
            return 0
        crowd = make_people(options.trial_people or 6 * options.people, styles, options.seed)
        if TRIED not in journal.facts:
            traffic.introduce(crowd[len(people) :])
            journal.keep({TRIED: len(crowd)})
        if journal.facts[TRIED] != len(crowd):
            raise InvalidInput("trial-people", f"the trial was begun with {journal.facts[TRIED]} people")
        return prove(traffic, journal, Trial(crowd, options.days, options.trial_days), data, play_day)


def play_day(traffic: Traffic, journal: Journal, people: Sequence[Person], day: int) -> None:
    """Play what of a day has not been played yet."""
    sessions = plan_day(traffic.world, people, day, journal.plan.seed)
    done = journal.done.get(day, 0)
    with progress_bar(f"day {day + 1}") as tell:
        for number, session in enumerate(sessions[done:], done + 1):
            traffic.play(session)
            if number % NOTED_EVERY == 0 or number == len(sessions):
                journal.note(day, number)
            tell(number, len(sessions))


def _journal(options: argparse.Namespace, data: Path) -> Journal:
    today = time.time() // DAY_S * DAY_S
    start = today - (options.days + 1) * DAY_S  # the day after them is over as well
    wanted = Plan(options.seed, options.people, options.model, start)
    return Journal.open(options.journal or data / JOURNAL, wanted)


@contextmanager
def _service(options: argparse.Namespace, data: Path) -> Iterator[Client]:
    if options.url is not None:
        if options.learn and options.data is None:
            raise InvalidInput("data", "training needs the data folder of the running service")
        yield Client(options.url, options.key)
        return
    if options.catalog == "icons":
        _fill(data)
    with serving(data, "--model", "none", "--catalog", "none", **PATIENT) as client:
        with progress_bar("encode") as tell:
            await_meaning(client, tell)
        yield client


def _fill(data: Path) -> None:
    """Put the demo collection into the folder before anybody is played: what is wanted is drawn from all."""
    tools = open_tools(Settings(data=data))
    try:
        with progress_bar("import icons") as tell:
            asyncio.run(import_catalog(tools, tell, once=True))
    finally:
        tools.close()
