"""Says where a ranker or fusion weights are learned from: the options that both have, and what they mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.options import add_data, settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from app.bootstrap.training import Tell, Wanted
    from app.domain.rankers import Package
    from app.settings import Settings

    Train = Callable[[Settings, Wanted, Tell], Package]


def add_source(parser: argparse.ArgumentParser, name: str) -> None:
    """Declare what to learn from, under which name it is kept (`name` when none is given), and the seed."""
    add_data(parser)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="source", choices=("events",), help="learn from the log's events")
    source.add_argument(
        "--judgments", type=Path, help='JSON lines {"query", "item", "grade"}; grades from 0 up'
    )
    parser.add_argument("--name", default=name, help=f"name in the registry (default: {name})")
    parser.add_argument("--seed", type=int, default=0, help="decides every draw (default: 0)")


def learned(train: Train, options: argparse.Namespace, wanted: Wanted) -> Package:
    """Return what training gave, telling on standard error how it goes."""
    return train(settings(options, "data"), wanted, lambda text: print(text, file=sys.stderr))
