"""Writes the tables of REFERENCE.md from the code: `python -m tests.architecture.reference`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from app.api.routes import ROUTERS
from app.cli.main import parser
from app.settings import Settings
from app.telemetry.metrics import GAUGES, Metrics
from app.web.routes import router as page
from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENT = ROOT / "REFERENCE.md"
LIST_NAMES = """
import json
import app.main
from app.api.routes.operations import KINDS
from models.exported import registry
print(json.dumps([[k, e.name, e.doc] for k in KINDS for e in registry(k).values()]))
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def first_line(text: str | None) -> str:
    """Return the first line of a docstring."""
    return (text or "").strip().partition("\n")[0]


def routes() -> str:
    """Return the table of HTTP calls."""
    found = [route for router in (*ROUTERS, page) for route in router.routes]
    rows = []
    for route in found:
        if isinstance(route, APIRoute):
            call = f"`{' '.join(sorted(route.methods or ()))} {route.path.replace(':path', '')}`"
            rows.append((call, first_line(route.endpoint.__doc__)))
    return table(("call", "what"), rows)


def settings() -> str:
    """Return the table of settings."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append((f"`TROUVERE_{name.upper()}`", default, field.description or ""))
    return table(("setting", "default", "what"), rows)


def metrics() -> str:
    """Return the table of metrics."""
    counted = Metrics()
    rows = [(f"`{name}`", text) for name, text in GAUGES.items()]
    for metric in (counted.requests, counted.request_seconds, counted.stage_seconds, counted.branches):
        described = next(iter(metric.describe()))
        rows.append((f"`{described.name}`", described.documentation))
    return table(("metric", "what"), rows)


def commands() -> str:
    """Return the table of commands."""
    actions = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    rows = [(f"`python -m app {choice.dest}`", choice.help or "") for choice in actions[0]._choices_actions]
    return table(("command", "what"), rows)


def names() -> str:
    """Return the table of public names, as a fresh service knows them."""
    fresh = subprocess.run(
        [sys.executable, "-c", LIST_NAMES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows = json.loads(fresh.stdout)
    return table(("kind", "name", "what"), [(kind, f"`{name}`", doc) for kind, name, doc in rows])


SECTIONS = {
    "routes": routes,
    "settings": settings,
    "metrics": metrics,
    "commands": commands,
    "names": names,
}


def replace(document: str) -> str:
    """Return the document with every generated table written anew between its marks."""
    for name, render in SECTIONS.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        head, _, rest = document.partition(begin)
        _, _, tail = rest.partition(end)
        document = f"{head}{begin}\n{render()}\n{end}{tail}"
    return document


if __name__ == "__main__":
    DOCUMENT.write_text(replace(DOCUMENT.read_text()))
