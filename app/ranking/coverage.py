"""Remembers how well the collection covers queries, measured behind the requests that first ask."""

from __future__ import annotations

import logging
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

logger = logging.getLogger(__name__)
KEPT = 8_192


class QueryCoverage:
    """Tells the coverage of a query once it was measured, and None until then; any thread asks.

    A flow takes milliseconds, a ranker has fewer: whoever asks first learns nothing, and one query at a
    time is measured on `executor`.
    """

    def __init__(self, flow: Callable[[Vector], float], executor: Executor, kept: int = KEPT) -> None:
        self._flow = flow
        self._executor = executor
        self._max_kept = kept
        self._lock = Lock()  # guards the two below
        self._kept: OrderedDict[bytes, float] = OrderedDict()
        self._busy = False

    def __call__(self, vector: Vector) -> float | None:
        """Return what is known of this vector's query."""
        key = vector.tobytes()
        with self._lock:
            known = self._kept.get(key)
            if known is not None or self._busy:
                return known
            self._busy = True
        self._executor.submit(self._measure, key, vector)
        return None

    def _measure(self, key: bytes, vector: Vector) -> None:
        try:
            told = self._flow(vector)
            with self._lock:
                self._kept[key] = told
                while len(self._kept) > self._max_kept:
                    self._kept.popitem(last=False)
        except Exception:
            logger.exception("the coverage of a query could not be measured")
        finally:
            with self._lock:
                self._busy = False
