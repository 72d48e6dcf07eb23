"""Measures how long the demo collection takes to import, and how soon after its start a service answers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from models.icons import load_icons
from tests.bench.conditions import app
from tests.bench.report import Report, Table
from tests.bench.server import serving
from tests.bench.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.conditions import Conditions
    from tests.bench.server import Server

READY_S = 300.0
IMPORTS = 1  # minutes each; a start is measured in every round
WORDS = """Import: `python -m app import icons` into an empty folder draws {icons} icons and writes them
durably; `python -m app snapshot` embeds their texts, builds the indexes and saves them. Start-up: from
the begin of `python -m app serve` on that folder, Python's own start included, until the page, readiness
(search answers from the snapshot) and the generator answer; {rounds} starts, the file cache warm. First
search: sent when ready, while the encoder may still be loading; its branch is then reported late."""


def measure(conditions: Conditions) -> Report:
    """Measure an import and several starts."""
    imported, saved = _imports(conditions.scratch / "import")
    starts: dict[str, list[float]] = {}
    for number_of_start in range(conditions.rounds):
        _start(conditions, conditions.scratch / f"start-{number_of_start}.log", starts)
    words = WORDS.format(icons=len(load_icons()), rounds=conditions.rounds)
    rows = [
        ["import: icons drawn and durable", str(Spread.of(imported))],
        ["import: embedded, indexed and saved", str(Spread.of(saved))],
        *([f"start: {name}", str(Spread.of(seconds))] for name, seconds in starts.items()),
    ]
    return Report("startup", "Import and start-up", words, [Table(["what", "seconds"], rows)])


def _imports(folder: Path) -> tuple[list[float], list[float]]:
    imported, saved = [], []
    for _ in range(IMPORTS):
        imported.append(app("import", "icons", "--data", str(folder)))
        saved.append(app("snapshot", "--data", str(folder)))
        shutil.rmtree(folder)
    return imported, saved


def _start(conditions: Conditions, log: Path, starts: dict[str, list[float]]) -> None:
    with serving("app", ["serve", "--data", str(conditions.collection())], log) as server:
        milestones: dict[str, Callable[[], bool]] = {
            "page answers": lambda: server.answers("/"),
            "ready for search": lambda: server.answers("/readyz"),
            "first search answered": lambda: _searched(server),
            "generator ready": lambda: bool(server.ask("GET", "/v1/stats")["model_ready"]),
        }
        for name, holds in milestones.items():
            starts.setdefault(name, []).append(server.wait(holds, READY_S))


def _searched(server: Server) -> bool:
    reports = server.ask("POST", "/v1/search", {"query": "umbrella"})["branches"]
    return all(report["status"] in {"ok", "late"} for report in reports if report["name"] in {"term", "text"})
