"""Trains the flow over sentence vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.trainings.recipes import add_recipe, train_from_recipe

if TYPE_CHECKING:
    import argparse

NAME = "flow"
HELP = "Train the flow whose density says how well the collection covers a query."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_recipe(parser)


def run(options: argparse.Namespace) -> int:
    """Train."""
    return train_from_recipe(NAME, options)
