"""Measures a generator of icons with a judge that the service never uses."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

NAME = "generator"
HELP = "Measure how good a model's icons are: distances, pairs, copies and curves, with floors and ceilings."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--model", default="trouvere-icons", help="a name of the catalog, or a packed folder")
    parser.add_argument("--judge", type=Path, help="folder of a judge (default: the shipped one)")
    parser.add_argument(
        "--count", type=int, default=5000, help="pictures for the distances; the rest shrinks with it"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of choices and pictures (default: 0)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("runs/evaluation"),
        help="folder of the report and of what is drawn; another call goes on from there",
    )


def run(options: argparse.Namespace) -> int:
    """Measure, print the table, and write report.json and contact-sheet.png."""
    from models.catalog import UnknownModel, find_model
    from models.evaluate.generator import Evaluation, Plan
    from models.evaluate.judge import SHIPPED, Judge
    from models.evaluate.report import body, draw_contact_sheet, table
    from models.latent import LatentSystem

    if options.count < 40:
        print("count: 40 pictures are the least that can be measured", file=sys.stderr)
        return 2
    try:
        model = find_model(options.model)
        judge = Judge.load(options.judge or SHIPPED)
    except UnknownModel as error:
        print(f"model: {error.args[0]}", file=sys.stderr)
        return 2
    except FileNotFoundError as error:
        print(f"judge: {error.filename or error} is missing", file=sys.stderr)
        return 2
    plan = Plan.of(options.count, options.seed)
    report = Evaluation(LatentSystem.load(model.directory), judge, plan, options.out).report()
    print(table(report))
    (options.out / "report.json").write_text(json.dumps(body(report), indent=2) + "\n", encoding="utf-8")
    draw_contact_sheet(report.sheet, options.out / "contact-sheet.png")
    print(f"written to {options.out}")
    return 0
