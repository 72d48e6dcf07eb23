"""Holds what every bench is told, and prepares what they share: the folder of the demo collection."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.bootstrap import build
from app.settings import Settings
from tests.bench.corpus import Corpus, take
from tests.bench.machine import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from app.services import Services

DATABASE = "trouvere.db"
READY_S = 600.0


@dataclass(slots=True)
class Conditions:
    """How often and how long is measured, and where.

    `scratch` is a folder that is gone afterwards; `icons` one that keeps the demo collection from run to
    run, or None; `data` holds test collections.
    """

    rounds: int
    seconds: float
    scratch: Path
    data: Path
    icons: Path | None = None
    sizes: tuple[int, ...] = (16_000, 100_000)
    graphs: Path | None = None
    threads: int = 1
    _corpus: Corpus | None = field(default=None, repr=False)

    def collection(self) -> Path:
        """Return a data folder that holds the demo collection and its snapshot; made on first use."""
        folder = self.icons or self.scratch / "icons"
        if not (folder / DATABASE).exists():
            app("import", "icons", "--data", str(folder))
            app("snapshot", "--data", str(folder))
        return folder

    def corpus(self) -> Corpus:
        """Return the demo collection as items and vectors; taken from the indexes on first use."""
        if self._corpus is None:
            self._corpus = asyncio.run(_take(self.collection()))
            self._corpus.save(self.corpus_folder)
        return self._corpus

    @property
    def corpus_folder(self) -> Path:
        """Where `corpus` leaves what the plain server reads."""
        return self.scratch / "corpus"


def app(*arguments: str) -> float:
    """Run `python -m app …` to its end and return its seconds. Raises CalledProcessError when it fails."""
    print(f"… python -m app {' '.join(arguments)}", flush=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", "app", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Services]:
    """Give a search-only service in this process, ready and whole; stops it at the end."""
    services = build(Settings(data=folder, model="none"))
    await services.operations.start()
    try:
        async with asyncio.timeout(READY_S):
            while not _is_whole(services):  # noqa: ASYNC110 - readiness is told to those who ask
                await asyncio.sleep(0.05)
        yield services
    finally:
        await services.operations.stop()


def _is_whole(services: Services) -> bool:
    """Return whether search is ready and every item has its vector."""
    read = services.operations.readings()
    return not services.operations.unready() and read["trouvere_vectors_lsn"] >= read["trouvere_log_lsn"]


async def _take(folder: Path) -> Corpus:
    async with running(folder) as services:
        return await take(services)
