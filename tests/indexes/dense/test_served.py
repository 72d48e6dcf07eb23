"""Tests a served space under updates, removals, folds and concurrent readers."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.dense.folds import Folds
from indexes.dense.rows import prepared
from indexes.dense.served import ServedSpace
from indexes.errors import DamagedSnapshot
from tests.indexes.dense.made import DIM, config_of, space_of, vectors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WRITES = st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 30), max_size=8)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITES)
def test_any_writes_leave_what_a_dictionary_would(
    tmp_path: Path, writes: list[tuple[bool, Sequence[int]]]
) -> None:
    """After puts and removals in any order, with folds between them, search knows exactly what is left."""
    space = space_of(tmp_path, config_of(graph_from=5, fold_from=3))
    left: dict[int, np.ndarray] = {}
    for number, (is_put, ordinals) in enumerate(writes):
        if is_put and ordinals:
            rows = vectors(len(ordinals), seed=number)
            space.put(ordinals, rows)
            left |= dict(zip(ordinals, prepared(rows, space.config), strict=True))
        else:
            space.remove(ordinals)
            left = {ordinal: row for ordinal, row in left.items() if ordinal not in ordinals}
    assert len(space) == len(left)
    for ordinal in range(31):
        held = space.vector(ordinal)
        assert held is None if ordinal not in left else np.array_equal(held, left[ordinal])  # type: ignore[arg-type]  # None is told apart before
    found = space.search(vectors(1, seed=77)[0], 100)
    assert sorted(found.ordinals.tolist()) == sorted(left)


@pytest.mark.parametrize("metric", ["cosine", "ip", "l2"])
def test_any_ordinal_is_scored_as_search_scores_it(
    tmp_path: Path, metric: Literal["cosine", "ip", "l2"]
) -> None:
    """Scores asked for by ordinal are the search's to the bit; what has no vector has no score."""
    space = space_of(tmp_path, config_of(metric), num=500)
    space.remove([3])
    query = vectors(1, seed=5)[0]
    found = space.search(query, 40)
    assert np.array_equal(space.scores(query, found.ordinals), found.scores)
    told = space.scores(query, np.array([3, found.ordinals[0], 9_999], np.int32))
    assert np.isnan(told).tolist() == [True, False, True]
    assert np.isnan(space_of(tmp_path).scores(query, np.array([0], np.int32))).all()


def test_waiting_vectors_are_folded_and_dead_ones_dropped(tmp_path: Path) -> None:
    """The graph follows what is put; when many slots are dead, slots and graph are made anew."""
    space = space_of(tmp_path, num=300)
    assert space._state.num_waiting == 0
    space.put(range(300, 350), vectors(50, seed=2))
    assert space._state.num_waiting == 50
    space.put(range(350, 420), vectors(70, seed=3))
    assert space._state.num_waiting == 0
    space.put(range(300), vectors(300, seed=4))
    assert len(space._state.rows.owners) == len(space) == 420
    assert space.search(vectors(300, seed=4)[7], 1).ordinals.tolist() == [7]


def test_a_saved_space_comes_back(tmp_path: Path) -> None:
    """Vectors, graph and answers are as before, and writing goes on."""
    space = space_of(tmp_path, num=400)
    space.remove([5, 6])
    folder = tmp_path / "saved"
    folder.mkdir()
    space.save(folder)
    copy = space_of(tmp_path)
    copy.restore(folder)
    query = vectors(1, seed=9)[0]
    assert copy.search(query, 50).ordinals.tolist() == space.search(query, 50).ordinals.tolist()
    assert copy.vector(5) is None
    assert copy._state.graph is not None
    copy.put([5], query[None])
    assert copy.search(query, 1).ordinals.tolist() == [5]
    assert space.vector(5) is None


@pytest.mark.parametrize("file", ["vectors.npy", "owners.npy", "graph-400.bin"])
def test_a_damaged_file_is_told(tmp_path: Path, file: str) -> None:
    """A file that cannot be read, or that contradicts another, is damage."""
    space = space_of(tmp_path, num=400)
    folder = tmp_path / "saved"
    folder.mkdir()
    space.save(folder)
    (folder / file).write_bytes((folder / file).read_bytes()[:100])
    with pytest.raises(DamagedSnapshot):
        space_of(tmp_path).restore(folder)


def test_wrong_writes_change_nothing(tmp_path: Path) -> None:
    """Another number of rows, another dimension or NaN raise, and the space stays as it was."""
    space = space_of(tmp_path, num=3)
    for rows in (vectors(2), np.zeros((1, DIM + 1), np.float32), np.full((1, DIM), np.nan, np.float32)):
        with pytest.raises(ValueError, match="vector"):
            space.put([9], rows)
    assert len(space) == 3


def test_readers_never_see_the_removed_or_a_torn_update(tmp_path: Path) -> None:
    """While a writer moves, removes and folds, readers get only living ordinals with whole vectors."""
    folds = Folds(background=True)
    space = ServedSpace(config_of(graph_from=200, fold_from=60), tmp_path / "scratch", folds.launch)
    query = np.ones(DIM, np.float32)
    space.put(range(400), vectors(400))
    space.put([0], query[None])  # stays the best for ever
    stop = threading.Event()
    wrong: list[list[int]] = []

    def read() -> None:
        while not stop.is_set():
            gone_before = gone[0]
            found = space.search(query, 30)
            ordinals = found.ordinals.tolist()
            if ordinals[0] != 0 or len(set(ordinals)) != 30 or found.scores[0] != 1 or found.scores.max() > 1:
                wrong.append(ordinals)
            if any(200 <= ordinal < gone_before for ordinal in ordinals):
                wrong.append(ordinals)

    gone = [200]
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(60):
        space.put(range(1, 40), vectors(39, seed=step))
        space.remove(range(200 + step, 201 + step))
        gone[0] = 201 + step
    stop.set()
    for reader in readers:
        reader.join()
    folds.close()
    assert wrong == []
    assert len(space) == 340


class Ledger:
    """Knows of each ordinal the version whose write began, and the one that is done; odd ones are dead."""

    def __init__(self, num: int) -> None:
        self.begun, self.done = [0] * num, [0] * num
        self.wrong: list[str] = []

    def write(self, space: ServedSpace, some: list[int], rng: np.random.Generator, *, is_put: bool) -> None:
        """Put new versions of these ordinals, or remove them. The last number of a vector is its version."""
        for ordinal in some:
            self.begun[ordinal] += 1 + (self.begun[ordinal] % 2 == (0 if is_put else 1))
        if is_put:
            rows = rng.normal(size=(len(some), DIM)).astype(np.float32)
            rows[:, -1] = [self.begun[ordinal] / 100 for ordinal in some]
            space.put(some, rows)
        else:
            space.remove(some)
        for ordinal in some:
            self.done[ordinal] = self.begun[ordinal]

    def read(self, space: ServedSpace) -> None:
        """Search for everything, and note what no moment of the search can have given."""
        before = list(self.done)
        found = space.search(np.eye(DIM, dtype=np.float32)[-1], len(before))
        after = list(self.begun)
        seen = dict(zip(found.ordinals.tolist(), np.rint(found.scores * 100).astype(int), strict=True))
        for ordinal, (first, last) in enumerate(zip(before, after, strict=True)):
            possible = {version for version in range(first, last + 1) if version and version % 2 == 0}
            is_sure = all(version and version % 2 == 0 for version in range(first, last + 1))
            if seen.get(ordinal, 0) not in (possible if is_sure else possible | {0}):
                self.wrong.append(f"{ordinal} at {seen.get(ordinal)}, not {first} to {last}")


def test_every_answer_is_one_that_some_moment_of_the_search_would_give(tmp_path: Path) -> None:
    """Beside adds, updates, deletions and folds each hit is living, and as new as when the search began."""
    folds, num, rng = Folds(background=True), 250, np.random.default_rng(5)
    config = config_of("ip", graph_from=100, fold_from=30)
    space = ServedSpace(config, tmp_path / "scratch", folds.launch)
    ledger, stop = Ledger(num), threading.Event()

    def read() -> None:
        while not stop.is_set():
            ledger.read(space)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for step in range(150):
        ledger.write(space, rng.choice(num, 12, replace=False).tolist(), rng, is_put=step % 3 != 2)
    stop.set()
    for reader in readers:
        reader.join()
    folds.close()
    space.fold()
    ledger.read(space)
    assert ledger.wrong == []
    assert len(space) == sum(version > 0 and version % 2 == 0 for version in ledger.done)
    assert len(space._state.rows.owners) < 2 * num  # 1 200 were put: dead space was reclaimed on the way


def test_a_graph_that_the_collection_outgrew_is_made_anew(tmp_path: Path) -> None:
    """When a collection of this size wants more links the next fold builds them; answers stay whole."""
    space = space_of(tmp_path, num=400)
    before = space._state.graph
    assert before is not None
    assert [before.is_outgrown] == [False]
    before._config = replace(before._config, m=48)
    assert [before.is_outgrown] == [True]
    space.put(range(400, 520), vectors(120, seed=2))
    assert space._state.graph is not before
    assert space.search(vectors(120, seed=2)[7], 1).ordinals.tolist() == [407]
