"""Lists rankers and decides about them, in the data folder: a running service follows."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
from typing import TYPE_CHECKING, Any

from app.bootstrap.offline import open_rankers
from app.cli.options import add_data, settings
from app.domain.rankers import CANARY, DEPLOY, ROLLBACK, SHADOW

if TYPE_CHECKING:
    import argparse

    from app.bootstrap.offline import OpenRankers

NAME = "rankers"
HELP = "List rankers; deploy, shadow, canary or roll one back."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(required=True, metavar="action", dest="action")
    add_data(actions.add_parser("list", help="list every ranker, its metrics and what is deployed"))
    for action, text in (
        (DEPLOY, "let a ranker order every answer that names none"),
        (SHADOW, "let a ranker score answers and change nothing"),
        (CANARY, "let a ranker order the answers of a share of the users"),
        (ROLLBACK, "take back the ranker that is live"),
        ("report", "compare a watching ranker with what was shown"),
    ):
        command = actions.add_parser(action, help=text)
        command.add_argument("name")
        add_data(command)
        if action != "report":
            command.add_argument("--version", type=int, help="the newest when left out")
        if action == CANARY:
            command.add_argument("--percent", type=float, required=True)
        if action == SHADOW:
            command.add_argument("--off", action="store_true", help="end it")


def run(options: argparse.Namespace) -> int:
    """Carry out one action and print what came of it as JSON."""
    opened = open_rankers(settings(options, "data"))
    try:
        told = asyncio.run(_act(opened, options))
    finally:
        opened.close()
    print(json.dumps(told, indent=2))
    return 0


async def _act(opened: OpenRankers, options: argparse.Namespace) -> dict[str, Any]:
    await asyncio.to_thread(opened.catch_up)
    if options.action == "list":
        return opened.rankers.tell()
    if options.action == "report":
        return await opened.rankers.report(options.name)
    details: dict[str, Any] = {}
    if options.action == CANARY:
        details["percent"] = options.percent
    if options.action == SHADOW:
        details["enabled"] = not options.off
    return await opened.rankers.decide(options.action, options.name, options.version, caller(), **details)


def caller() -> str:
    """Return how the history names whoever runs this command; no key can be named so."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name
        return f"cli:{os.getuid()}"
