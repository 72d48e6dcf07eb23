"""Turns queries into vectors: concurrent ones in one batch on one thread, repeated ones from a cache."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from models.types import TextEncoder

Vector: TypeAlias = npt.NDArray[np.float32]


class QueryEncoder:
    """Encodes for one event loop; every method is called from that loop.

    A text is encoded once however many wait for it. While a batch runs, what arrives gathers for
    the next; an idle encoder waits `max_wait_ms` for company, and takes at most `max_batch` texts.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        executor: Executor,
        cache_size: int = 4096,
        max_batch: int = 32,
        max_wait_ms: float = 1.0,
    ) -> None:
        self._encoder = encoder
        self._executor = executor
        self._cache_size = cache_size
        self._max_batch = max_batch
        self._max_wait_s = max_wait_ms / 1000
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self._waiting: dict[str, asyncio.Future[Vector]] = {}  # asked for, not yet in a batch
        self._running: dict[str, asyncio.Future[Vector]] = {}  # in the batch that runs now
        self._batch: asyncio.Task[None] | None = None

    def cached(self, text: str) -> Vector | None:
        """Return the vector when it is at hand, without waiting."""
        vector = self._cache.get(text)
        if vector is not None:
            self._cache.move_to_end(text)
        return vector

    async def encode(self, text: str) -> Vector:
        """Return the unit vector (dim,) of a normalised text; raises what the encoder raises."""
        vector = self.cached(text)
        if vector is not None:
            return vector
        # One who stops waiting must not take the vector from the others.
        return await asyncio.shield(self._asked(text))

    def _asked(self, text: str) -> asyncio.Future[Vector]:
        future = self._running.get(text) or self._waiting.get(text)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(_look)
            self._waiting[text] = future
        if self._batch is None:
            self._batch = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        try:
            if self._max_wait_s > 0:
                await asyncio.sleep(self._max_wait_s)
            while self._waiting:
                await self._encode(list(self._waiting)[: self._max_batch])
        finally:
            self._batch = None

    async def _encode(self, texts: list[str]) -> None:
        self._running = {text: self._waiting.pop(text) for text in texts}
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.run_in_executor(self._executor, self._encoder.encode, texts)
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must learn of it
            self._fail(error)
        except asyncio.CancelledError:
            self._fail(None)
            raise
        else:
            self._finish(texts, rows)
        self._running = {}

    def _finish(self, texts: list[str], rows: npt.NDArray[np.float32]) -> None:
        for text, row in zip(texts, rows, strict=True):
            vector = row.copy()  # a view would keep the whole batch alive
            vector.setflags(write=False)
            self._cache[text] = vector
            if not self._running[text].done():
                self._running[text].set_result(vector)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)

    def _fail(self, error: Exception | None) -> None:
        for future in self._running.values():
            if not future.done() and error is not None:
                future.set_exception(error)
            elif not future.done():
                future.cancel()
        self._running = {}


def _look(future: asyncio.Future[Vector]) -> None:
    """Look at the outcome, so that a failure nobody waited for makes no noise."""
    if not future.cancelled():
        future.exception()
