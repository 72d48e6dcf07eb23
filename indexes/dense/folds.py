"""Runs folds of vectors into graphs: on one thread behind the readers, or at once."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class Folds:
    """One thread for all spaces of a collection, so that folding never takes more than one core."""

    def __init__(self, *, background: bool) -> None:
        self._thread = ThreadPoolExecutor(1, "fold") if background else None

    def launch(self, fold: Callable[[], None]) -> None:
        """Run the fold soon; without a thread, now. One that fails is logged; the next one tries again."""
        if self._thread is None:
            fold()
        else:
            self._thread.submit(fold).add_done_callback(report)

    def close(self) -> None:
        """Wait for the folds that run or wait."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)


def report(fold: Future[None]) -> None:
    """Log why a fold failed: its vectors stay in the scanned tail, so answers are right but slower."""
    if (error := fold.exception()) is not None:
        logging.getLogger(__name__).error("vectors could not be folded into the graph", exc_info=error)
