"""Rebuilds every view from the log alone, as if no snapshot had ever been written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bootstrap import catch_up
from app.cli.options import add_data, settings
from app.cli.progress import progress_bar

if TYPE_CHECKING:
    import argparse

NAME = "rebuild"
HELP = "Build every view anew from the whole log, and write a snapshot."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    """Rebuild."""
    with progress_bar("rebuild") as progress:
        folder = catch_up(settings(options, "data"), progress, anew=True)
    print(f"written to {folder}")
    return 0
