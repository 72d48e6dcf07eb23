"""Trains a model from its recipe, resuming a run that was interrupted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

NAME = "train"
HELP = "Train a model from its recipe; an interrupted run is resumed to the same bits."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", help="autoencoder or denoiser")
    parser.add_argument("--recipe", type=Path, help="a TOML file; the shipped recipe when left out")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change one field")


def run(options: argparse.Namespace) -> int:
    """Train; returns 2 for a kind or a recipe that cannot be used."""
    from models.train import run as train

    try:
        folder = train(options.kind, options.recipe, options.set)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written to {folder}")
    return 0
