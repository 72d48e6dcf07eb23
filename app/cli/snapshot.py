"""Brings a snapshot up to date, so that the next start replays nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bootstrap import catch_up
from app.cli.options import add_data, settings
from app.cli.progress import progress_bar

if TYPE_CHECKING:
    import argparse

NAME = "snapshot"
HELP = "Apply the log to the last snapshot and write a new one."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    """Write a snapshot."""
    with progress_bar("snapshot") as progress:
        folder = catch_up(settings(options, "data"), progress, anew=False)
    print(f"written to {folder}")
    return 0
