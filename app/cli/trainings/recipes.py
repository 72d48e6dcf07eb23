"""Trains a network from a recipe file: what every kind that has one shares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a training by recipe."""
    parser.add_argument("--recipe", type=Path, help="a TOML file; the shipped recipe when left out")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one field")


def train_from_recipe(kind: str, options: argparse.Namespace) -> int:
    """Train a network of this kind; returns 2 for a recipe that cannot be used."""
    from models.train import run as train

    try:
        folder = train(kind, options.recipe, options.set)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written to {folder}")
    return 0
