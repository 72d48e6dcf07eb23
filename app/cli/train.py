"""Trains a model of one kind, resuming a run that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.groups import add_kinds
from app.cli.trainings import KINDS

if TYPE_CHECKING:
    import argparse

NAME = "train"
HELP = "Train a model; an interrupted run is resumed to the same bits."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_kinds(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Train a model of the kind that was named."""
    return int(options.run_kind(options) or 0)
