"""Trains the weaker denoiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.trainings.recipes import add_recipe, train_from_recipe

if TYPE_CHECKING:
    import argparse

NAME = "weak"
HELP = "Train the weaker denoiser that autoguidance steers away from."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_recipe(parser)


def run(options: argparse.Namespace) -> int:
    """Train."""
    return train_from_recipe(NAME, options)
