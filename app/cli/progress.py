"""Draws a progress bar on a terminal, and plain lines where there is none."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ingest.importers import Progress

LINE_EVERY_S = 5.0


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Give a callback that shows how far the work is, with its rate and the time that is left."""
    with tqdm(desc=label, unit=" items", file=sys.stderr, mininterval=interval(), dynamic_ncols=True) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def interval() -> float:
    """Return the seconds between two drawings: a file that collects them wants few."""
    return 0.1 if sys.stderr.isatty() else LINE_EVERY_S


def timed(started: float) -> str:
    """Return how long it has been since `started` (a reading of `time.monotonic`), in words."""
    return f"{time.monotonic() - started:.1f} s"
