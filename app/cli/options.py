"""Reads settings from a command's options, over the environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.settings import Settings

if TYPE_CHECKING:
    import argparse


def add_data(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that every command with a data folder has."""
    parser.add_argument("--data", type=Path, help="folder of the log, snapshots and caches (default: data)")


def settings(options: argparse.Namespace, *names: str, **fixed: Any) -> Settings:
    """Return the settings; options that were given win over the environment."""
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    return Settings(**given, **fixed)
