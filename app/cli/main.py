"""Reads the command line and runs the command it names."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from pydantic import ValidationError

from app import __version__
from app.cli import bench, evaluate, export, import_, rankers, rebuild, serve, simulate, snapshot, train
from app.domain.errors import TrouvereError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

# In the order that help shows them. Each module has `NAME`, `HELP`, `arguments(parser)`, `run(options)`.
COMMANDS: tuple[ModuleType, ...] = (
    serve,
    import_,
    export,
    snapshot,
    rebuild,
    train,
    rankers,
    evaluate,
    simulate,
    bench,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    root = argparse.ArgumentParser("python -m app", description="Finds the picture you ask for, or makes it.")
    root.add_argument("--version", action="version", version=f"trouvere {__version__}")
    commands = root.add_subparsers(required=True, metavar="command")
    for module in COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.arguments(command)
        command.set_defaults(run=module.run)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 failed, 2 wrong arguments, 130 interrupted."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"])
            print(f"{name}: {problem['msg']}" if name else problem["msg"], file=sys.stderr)
        return 2
    except TrouvereError as error:
        print(error.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
