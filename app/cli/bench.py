"""Measures what this machine does, without a service: one kind a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.benches import KINDS
from app.cli.groups import add_kinds

if TYPE_CHECKING:
    import argparse

NAME = "bench"
HELP = "Measure how fast a part is on this machine."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_kinds(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Measure the kind that was named."""
    return int(options.run_kind(options) or 0)
