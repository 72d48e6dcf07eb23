"""Opens what commands beside the service work with: the store, and the way into it."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from app.ingest.importers import import_icons
from app.ingest.importers.marker import Marker
from app.ingest.items import ItemWriter
from app.ingest.pictures import PictureLimits
from app.store.store import open_store
from models.icons import load_icons

if TYPE_CHECKING:
    from pathlib import Path

    from app.ingest.importers import ImportReport, Progress
    from app.settings import Settings
    from app.store.store import Store

DRAWING_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Tools:
    """An open store with its writer; close it when done."""

    settings: Settings
    store: Store
    items: ItemWriter

    def close(self) -> None:
        """Commit what waits and let go of the files."""
        self.store.close()


def open_tools(settings: Settings) -> Tools:
    """Open the store of the settings, creating it when it is not there."""
    store = open_store(settings.url)
    limits = PictureLimits(settings.max_picture_bytes, settings.max_picture_pixels)
    return Tools(settings, store, ItemWriter(store.log, store.documents, limits))


async def import_catalog(tools: Tools, progress: Progress, *, once: bool = False) -> ImportReport:
    """Import the demo icons; with `once` an import that ran to its end before is not compared again."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_step_back)
    try:
        marker = marker_of(tools.settings.data) if once else None
        return await import_icons(
            load_icons(), pool, tools.items, tools.store.documents, progress, marker=marker
        )
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)  # it waits for the batch at hand


def marker_of(data: Path) -> Marker:
    """Return the marker that a whole import of the icons leaves in the data folder."""
    return Marker(data / "imported-icons.json")


def _step_back() -> None:
    """Let a serving process go first."""
    os.nice(DRAWING_NICENESS)
