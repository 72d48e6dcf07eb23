"""Trains a ranker from events or from judgments, and puts it into the registry."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.bootstrap.training import KINDS, Wanted, train_ranker
from app.cli.options import add_data, settings

if TYPE_CHECKING:
    import argparse

    from app.domain.rankers import Package

NAME = "ranker"
HELP = "Train a ranker from what people did with answers, or from judgments."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="source", choices=("events",), help="learn from the log's events")
    source.add_argument(
        "--judgments", type=Path, help='JSON lines {"query", "item", "grade"}; grades from 0 up'
    )
    parser.add_argument("--name", default="learned", help="name in the registry (default: learned)")
    parser.add_argument("--kind", choices=sorted(KINDS), default="lambdamart", help="kind of model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--feed",
        action="append",
        default=[],
        metavar="RANKER",
        help="give it this ranker's score as a column",
    )


def run(options: argparse.Namespace) -> int:
    """Train, and say how good it is."""
    wanted = Wanted(options.name, options.kind, options.seed, tuple(options.feed), options.judgments)
    package = train_ranker(settings(options, "data"), wanted, lambda text: print(text, file=sys.stderr))
    print(told(package))
    return 0


def told(package: Package) -> str:
    """Return what was trained and how it compares, a line each."""
    facts = package.facts
    lines = [f"{package.id} ({package.kind}), {facts['validation']}, {facts['held_out']} lists held out"]
    lines += [f"  {name:<24} {interval_text(one)}" for name, one in facts["metrics"].items()]
    lines.append("  looks most at " + ", ".join(list(facts.get("importance", {}))[:5]))
    return "\n".join(lines)


def interval_text(one: dict[str, Any]) -> str:
    """Return a mean with its interval."""
    return f"{one['mean']:+.4f}  [{one['low']:+.4f}, {one['high']:+.4f}]"
