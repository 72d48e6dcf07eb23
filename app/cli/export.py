"""Exports the collection as a folder that `import` reads back exactly."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import open_tools
from app.cli.options import add_data, settings
from app.cli.progress import progress_bar
from app.ingest.importers import export_folder

if TYPE_CHECKING:
    import argparse

NAME = "export"
HELP = "Export the collection as a folder of pictures and a metadata.jsonl."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--replace", action="store_true", help="write over an export that is there already")
    add_data(parser)


def run(options: argparse.Namespace) -> int:
    """Export; returns 1 when a picture was missing."""
    tools = open_tools(settings(options, "data"))
    try:
        with progress_bar("export") as progress:
            report = export_folder(
                tools.store.documents, tools.store.blobs, options.folder, progress, replace=options.replace
            )
    finally:
        tools.close()
    for item_id in report.missing:
        print(f"{item_id}: its picture is not in the store", file=sys.stderr)
    print(f"{report.items} items and {report.pictures} pictures written to {options.folder}")
    return 1 if report.missing else 0
