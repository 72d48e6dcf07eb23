"""Serves a space: publishes its states, and folds waiting vectors into the graph behind the readers."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from indexes.dense.exact import final_scores
from indexes.dense.filtered import search
from indexes.dense.hnsw import Graph
from indexes.dense.rows import NOBODY, Rows, prepared, prepared_query
from indexes.errors import DamagedSnapshot
from indexes.growing import GrowingArray
from indexes.ranked import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from indexes.dense.rows import Floats, Slots
    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask, Matches

MAX_DEAD = 0.3  # of all slots; then slots and graph are made anew
# A fold copies the graph and then links the new slots; with this share of new ones both cost about the same.
FOLD_SHARE = 64


@dataclass(frozen=True, slots=True)
class State:
    """What a reader pins: the rows, and a graph over the first of their slots."""

    rows: Rows
    graph: Graph | None = None

    @property
    def num_waiting(self) -> int:
        """Return how many slots are not in the graph."""
        return len(self.rows.owners) - (0 if self.graph is None else len(self.graph))


class ServedSpace:
    """A space whose readers take no lock. `launch` runs a fold, now or on a thread of its own."""

    def __init__(
        self, config: SpaceConfig, scratch: Path, launch: Callable[[Callable[[], None]], object]
    ) -> None:
        self._config = config
        self._scratch = scratch
        self._launch = launch
        self._store = GrowingArray(np.float32, fill=0.0, width=config.dim)
        self._writing = Lock()  # guards _store and the replacement of _state
        self._folding = Lock()  # held by the one fold that runs
        self._state = State(Rows.of(self._store.values, np.empty(0, np.int32)))

    @property
    def config(self) -> SpaceConfig:
        return self._config

    @property
    def dim(self) -> int:
        """Return how many numbers a vector has."""
        return self._config.dim

    def __len__(self) -> int:
        return self._state.rows.num_alive

    def put(self, ordinals: Sequence[int], vectors: Floats) -> None:
        """Give the ordinals their vectors; of an ordinal named twice the last row counts."""
        rows = prepared(vectors, self._config)
        if len(rows) != len(ordinals):
            raise ValueError(f"{len(ordinals)} ordinals but {len(rows)} vectors")
        last = {ordinal: place for place, ordinal in enumerate(ordinals)}
        with self._writing:
            known = self._state.rows.without(list(last))
            self._store.extend(rows[list(last.values())])
            state = known.extended(self._store.values, np.fromiter(last, np.int32))
            self._state = State(state, self._state.graph)
        self._consider()

    def remove(self, ordinals: Sequence[int]) -> None:
        """Forget the vectors of these ordinals."""
        with self._writing:
            self._state = State(self._state.rows.without(ordinals), self._state.graph)

    def vector(self, ordinal: int) -> Floats | None:
        """Return the ordinal's vector, (dim,)."""
        rows = self._state.rows
        slot = rows.slot(ordinal)
        return None if slot == NOBODY else rows.vectors[slot].copy()

    def search(self, vector: Floats, k: int, mask: Mask | None = None) -> Matches:
        """Return the nearest min(k, survivors of the mask); raises ValueError on a wrong shape."""
        state = self._state
        query = prepared_query(vector, self._config)
        return search(state.rows, state.graph, query, k, mask, self._config)

    def scores(self, vector: Floats, ordinals: Slots) -> Floats:
        """Return the exact scores of ordinals, (n,), as `search` gives them; NaN where there is no vector."""
        rows = self._state.rows
        slots = rows.slots_of(ordinals)
        if not rows.num_alive:
            return np.full(len(ordinals), np.nan, np.float32)
        query, gathered = prepared_query(vector, self._config), rows.vectors.take(slots, axis=0, mode="wrap")
        told = rounded(final_scores(gathered, query, self._config))
        told[slots == NOBODY] = np.nan
        return told

    def fold(self) -> None:
        """Bring waiting slots into the graph, or make slots and graph anew when many are dead."""
        if not self._folding.acquire(blocking=False):
            return
        try:
            while self._is_due():
                self._fold(self._state)
        finally:
            self._folding.release()

    def _is_due(self) -> bool:
        state = self._state
        if len(state.rows.owners) < self._config.graph_from:
            return False
        covered = len(state.rows.owners) - state.num_waiting
        return covered == 0 or state.num_waiting >= max(self._config.fold_from, covered // FOLD_SHARE)

    def _consider(self) -> None:
        if self._is_due() and not self._folding.locked():
            self._launch(self.fold)

    def _fold(self, state: State) -> None:
        rows = state.rows
        crowded = rows.num_alive < (1 - MAX_DEAD) * len(rows.owners)
        if state.graph is None or crowded or state.graph.is_outgrown or state.graph.is_worn(rows.vectors):
            self._rebuild(rows)
            return
        graph = state.graph.extended(rows.vectors[len(state.graph) :], self._scratch)
        with self._writing:
            self._state = State(self._state.rows, graph)

    def _rebuild(self, rows: Rows) -> None:
        """Make slots and graph of the living only; what was written meanwhile waits after them."""
        kept = rows.survivors(None)
        vectors = rows.vectors[kept]
        graph = Graph.build(self._config, vectors) if len(kept) >= self._config.graph_from else None
        with self._writing:
            now = self._state.rows
            late = np.flatnonzero(now.owners[len(rows.owners) :] != NOBODY) + len(rows.owners)
            self._store.replace(vectors)
            self._store.extend(now.vectors[late])
            owners = np.concatenate([now.owners[kept], now.owners[late]])
            self._state = State(Rows.of(self._store.values, owners), graph)

    def save(self, directory: Path) -> None:
        """Write vectors, owners and graph into an existing directory."""
        state = self._state
        np.save(directory / "vectors.npy", state.rows.vectors)
        np.save(directory / "owners.npy", state.rows.owners)
        if state.graph is not None:
            state.graph.save(directory / f"graph-{len(state.graph)}.bin")

    def restore(self, directory: Path) -> None:
        """Become what `save` wrote; raises DamagedSnapshot."""
        try:
            vectors = np.load(directory / "vectors.npy")
            owners = np.load(directory / "owners.npy")
            graph = None
            for path in directory.glob("graph-*.bin"):
                graph = Graph.load(self._config, path, int(path.stem.partition("-")[2]))
        except (OSError, ValueError, RuntimeError) as error:
            raise DamagedSnapshot(f"vectors in {directory.name} cannot be read: {error}") from error
        if vectors.shape != (len(owners), self._config.dim) or len(graph or ()) > len(owners):
            raise DamagedSnapshot(f"vectors in {directory.name} contradict each other")
        with self._writing:
            self._store.replace(vectors)
            self._state = State(Rows.of(vectors, owners), graph)
        self._consider()
