"""Measures vectors as they grow in number: recall against exact, latency, memory, building, and filters."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.dense.filtered import search
from indexes.dense.hnsw import Graph
from indexes.dense.rows import Rows
from indexes.dense.space import SpaceConfig
from indexes.manifest import FORMAT_VERSION
from models.encoders.minilm import MiniLM
from tests.bench.clumps import mixtures
from tests.bench.corpus import draw_queries
from tests.bench.narrow import narrow_table
from tests.bench.report import Report, Table
from tests.bench.spread import median, number

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.bench.conditions import Conditions

    Floats = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]

K = 10
NUM_QUERIES = 300
SHARES = (None, 0.5, 0.1, 0.01, 0.001)
BLOCK = 50_000
TIE = 1e-5  # of a score: two computations of one product differ by less
GIB = 1024**3
WORDS = """Text vectors of the demo collection (384 floats) and {queries} queries in words; where more vectors
are wanted than it has, mixtures of two of them with noise of length 0.4, seeded, and queries that are such
mixtures too. One query at a time through the code that serves, {k} hits each; a hit counts that is as near as
the exact {k}th. Filters allow a random share of the items; `kept` says that every answer was a subset of its
filter, min({k}, matches) long. Milliseconds are of the processor, and p50 by the clock. The column of threads
says how many built the graph; memory is vectors and graph, which holds a copy of them."""


@dataclass(frozen=True, slots=True)
class Built:
    """A graph over vectors, and what building it took."""

    rows: Rows
    graph: Graph
    processor_s: float
    num_threads: int


@dataclass(frozen=True, slots=True)
class Found:
    """What searching under one filter gave."""

    recall: float
    is_kept: bool
    processor_ms: float
    clock_ms: float


def measure(conditions: Conditions) -> Report:
    """Measure every size that was asked for."""
    real = _real(conditions.collection())
    growth: list[list[str]] = []
    filters: list[list[str]] = []
    narrow: list[list[str]] = []
    for size in conditions.sizes:
        vectors, queries = _vectors(real, size)
        config = SpaceConfig(dim=vectors.shape[1])
        print(f"… {size} vectors", flush=True)
        built = _built(conditions, config, vectors)
        masks = [_mask(size, share) for share in SHARES]
        floors = _floors(vectors, queries, masks)
        found = [_found(built, config, queries, *pair) for pair in zip(masks, floors, strict=True)]
        growth.append(_growth_row(size, built, found[0]))
        filters += [_filter_row(size, *pair) for pair in zip(SHARES[1:], found[1:], strict=True)]
        narrow = narrow_table(vectors[:BLOCK], queries, K)
    words = WORDS.format(queries=NUM_QUERIES, k=K)
    return Report("dense", "Vectors as they grow", words, _tables(growth, filters, narrow))


def _tables(growth: list[list[str]], filters: list[list[str]], narrow: list[list[str]]) -> list[Table]:
    head = ["vectors", "links", "default ef", "recall@10", "processor ms", "p50 ms", "memory GiB"]
    filter_head = ["vectors", "filter allows", "recall@10", "kept", "processor ms", "p50 ms"]
    narrow_head = ["rows scanned as", "bytes a vector", "recall@10 of the scan", "processor ms a 50 000 rows"]
    return [
        Table([*head, "build: processor s", "threads"], growth),
        Table(filter_head, filters),
        Table(narrow_head, narrow),
    ]


def _real(folder: Path) -> Floats:
    """Return the text vectors of the newest snapshot of the demo collection, in the order of its slots."""
    newest = max(folder.glob("snapshots/*/views/space-0/vectors.npy"))
    vectors: Floats = np.load(newest)
    return vectors


def _vectors(real: Floats, size: int) -> tuple[Floats, Floats]:
    """Return so many vectors, and queries that are none of them."""
    if size <= len(real):
        return real[:size], MiniLM().encode(draw_queries()[:NUM_QUERIES])
    return mixtures(real, size, seed=1), mixtures(real, NUM_QUERIES, seed=2)


def _built(conditions: Conditions, config: SpaceConfig, vectors: Floats) -> Built:
    """Build the graph, or take it from the folder that keeps graphs from run to run."""
    rows = Rows.of(vectors, np.arange(len(vectors), dtype=np.int32))
    home = None if conditions.graphs is None else conditions.graphs
    stem = f"g-{len(vectors)}-{FORMAT_VERSION}"
    if home is not None and (home / f"{stem}.json").exists():
        told: dict[str, Any] = json.loads((home / f"{stem}.json").read_text())
        graph = Graph.load(config, home / f"{stem}.bin", len(vectors))
        return Built(rows, graph, float(told["processor_s"]), int(told["threads"]))
    started = time.process_time()
    graph = Graph.build(config, vectors, conditions.threads)
    took_s = time.process_time() - started
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        graph.save(home / f"{stem}.bin")
        record = {"processor_s": took_s, "threads": conditions.threads}
        (home / f"{stem}.json").write_text(json.dumps(record))
    return Built(rows, graph, took_s, conditions.threads)


def _mask(size: int, share: float | None) -> Mask | None:
    return None if share is None else np.random.default_rng(3).random(size) < share


def _floors(vectors: Floats, queries: Floats, masks: list[Mask | None]) -> list[Floats]:
    """Return for each mask the score of each query's k-th exact hit, (q,); -inf where there are fewer."""
    best = [np.full((len(queries), K), -np.inf, np.float32) for _ in masks]
    for start in range(0, len(vectors), BLOCK):
        scores = queries @ vectors[start : start + BLOCK].T
        for place, mask in enumerate(masks):
            allowed = scores if mask is None else np.where(mask[start : start + BLOCK], scores, -np.inf)
            both = np.concatenate([best[place], allowed], axis=1)
            best[place] = -np.partition(-both, K - 1, axis=1)[:, :K]
    return [held.min(axis=1) for held in best]


def _found(built: Built, config: SpaceConfig, queries: Floats, mask: Mask | None, floors: Floats) -> Found:
    """Search for every query. A hit counts when it is as near as the k-th exact one: equal vectors abound."""
    clocks: list[float] = []
    hits = []
    worked = time.process_time()
    for query in queries:
        started = time.perf_counter()
        hits.append(search(built.rows, built.graph, query, K, mask, config).ordinals)
        clocks.append((time.perf_counter() - started) * 1_000)
    worked_ms = (time.process_time() - worked) * 1_000 / len(queries)
    survivors = len(built.rows.owners) if mask is None else int(np.count_nonzero(mask))
    wanted = min(K, survivors)
    is_kept = all(len(set(found.tolist())) == wanted for found in hits)
    is_kept &= mask is None or all(bool(mask[found].all()) for found in hits)
    near = [
        int(np.count_nonzero(built.rows.vectors[found] @ query >= floor - TIE))
        for found, query, floor in zip(hits, queries, floors, strict=True)
    ]
    return Found(sum(near) / (wanted * len(queries)), is_kept, worked_ms, median(clocks))


def _growth_row(size: int, built: Built, found: Found) -> list[str]:
    shape = built.graph.shape_for(size)
    held = built.rows.vectors.nbytes + built.graph.size_bytes
    return [
        f"{size:,}".replace(",", " "),
        str(shape.m),
        str(shape.ef),
        f"{found.recall:.4f}",
        number(found.processor_ms),
        number(found.clock_ms),
        f"{held / GIB:.2f}",
        number(built.processor_s),
        str(built.num_threads),
    ]


def _filter_row(size: int, share: float | None, found: Found) -> list[str]:
    return [
        f"{size:,}".replace(",", " "),
        f"{100 * (share or 1):g} %",
        f"{found.recall:.4f}",
        "yes" if found.is_kept else "NO",
        number(found.processor_ms),
        number(found.clock_ms),
    ]
