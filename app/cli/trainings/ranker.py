"""Trains a ranker from events or from judgments, and puts it into the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.bootstrap.training import KINDS, Wanted, train_ranker
from app.cli.trainings.source import add_source, learned

if TYPE_CHECKING:
    import argparse

    from app.domain.rankers import Package

NAME = "ranker"
HELP = "Train a ranker from what people did with answers, or from judgments."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_source(parser, "learned")
    parser.add_argument("--kind", choices=sorted(KINDS), default="lambdamart", help="kind of model")
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
    print(told(learned(train_ranker, options, wanted)))
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
