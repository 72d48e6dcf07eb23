"""Measures what it would save, and cost, to keep vectors in fewer bits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.spread import number

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

LARGEST = 127  # of eight bits
SOME = 30  # queries: these scans are slow
BLOCK = 4_096  # rows widened at once, so that they stay in the processor's cache


def narrow_table(vectors: Floats, queries: Floats, k: int) -> list[list[str]]:
    """Return rows of (kind, bytes a vector, recall of a scan, its milliseconds) for 32, 16 and 8 bits."""
    scale = LARGEST / np.abs(vectors).max()
    kinds = {
        "float32": vectors,
        "float16": vectors.astype(np.float16),
        "8 bits, one scale": np.rint(vectors * scale).astype(np.int8),
    }
    truth = [_best(vectors @ query, k) for query in queries[:SOME]]
    rows = []
    for name, held in kinds.items():
        recalled, started = 0, time.process_time()
        for query, exact in zip(queries[:SOME], truth, strict=True):
            recalled += len(np.intersect1d(_best(_scores(held, query), k), exact))
        took_ms = (time.process_time() - started) * 1_000 / SOME
        recall = recalled / (SOME * k)
        rows.append([name, str(held[0].nbytes), f"{recall:.4f}", number(took_ms)])
    return rows


def _scores(held: npt.NDArray[np.generic], query: Floats) -> Floats:
    """Return products with the query; narrow rows are widened in blocks, as no library multiplies them."""
    if held.dtype == np.float32:
        products: Floats = held.astype(np.float32, copy=False) @ query
        return products
    blocks = range(0, len(held), BLOCK)
    return np.concatenate([held[start : start + BLOCK].astype(np.float32) @ query for start in blocks])


def _best(scores: Floats, k: int) -> npt.NDArray[np.intp]:
    return np.argpartition(-scores, k)[:k]
