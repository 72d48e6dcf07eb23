"""Imports the demo icons, or a folder of pictures with their metadata."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import import_catalog, open_tools
from app.cli.options import add_data, settings
from app.cli.progress import progress_bar, timed
from app.ingest.importers import import_folder

if TYPE_CHECKING:
    import argparse

NAME = "import"
HELP = "Import `icons`, or a folder with pictures and a metadata.jsonl; safe to repeat and to interrupt."
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", help="`icons`, or a folder")
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    """Import; returns 1 when an entry was refused."""
    started = time.monotonic()
    tools = open_tools(settings(options, "data"))
    try:
        with progress_bar(f"import {options.source}") as progress:
            if options.source == "icons":
                work = import_catalog(tools, progress)
            else:
                folder = Path(options.source)
                work = import_folder(folder, tools.items, tools.store.documents, progress)
            report = asyncio.run(work)
    finally:
        tools.close()
    for refused in report.rejected[:SHOWN]:
        print(f"line {refused.line} ({refused.id or 'no id'}): {refused.error}", file=sys.stderr)
    print(
        f"{report.accepted} written, {report.unchanged} unchanged, {len(report.rejected)} refused "
        f"in {timed(started)}"
    )
    return 1 if report.rejected else 0
