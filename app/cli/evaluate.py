"""Measures how good the service is at one of the things it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.evaluations import KINDS
from app.cli.groups import add_kinds

if TYPE_CHECKING:
    import argparse

NAME = "evaluate"
HELP = "Measure how good answers or models are."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_kinds(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Measure the kind that was named."""
    return int(options.run_kind(options) or 0)
