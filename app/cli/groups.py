"""Puts commands of one verb under it: `train denoiser`, `evaluate search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType


def add_kinds(parser: argparse.ArgumentParser, kinds: Sequence[ModuleType]) -> None:
    """Give a verb its kinds; each module has `NAME`, `HELP`, `arguments(parser)` and `run(options)`."""
    commands = parser.add_subparsers(required=True, metavar="kind")
    for module in kinds:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.arguments(command)
        command.set_defaults(run_kind=module.run)
