"""Trains the few-step head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.trainings.recipes import add_recipe, train_from_recipe

if TYPE_CHECKING:
    import argparse

NAME = "few"
HELP = "Train the few-step head: pictures in one, two or four evaluations."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_recipe(parser)


def run(options: argparse.Namespace) -> int:
    """Train."""
    return train_from_recipe(NAME, options)
