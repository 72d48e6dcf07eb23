"""Tests the collection as a view of the log: equal logs, equal answers, and readers beside a writer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.archive import RECORDS
from indexes.collection import Collection, CollectionConfig
from indexes.errors import DamagedSnapshot, UnknownSpace, UnsupportedFormat
from indexes.forward.filters import In
from indexes.manifest import FILE_NAME
from indexes.text.analyzer import ANALYSIS_VERSION
from indexes.types import Change, Delete, Put, Record
from tests.indexes.forward.made import records
from tests.indexes.opened import COLOURS, DIM, SPACE, found, opened, record_of, vectors_of

if TYPE_CHECKING:
    from pathlib import Path


def test_every_part_follows_the_log(tmp_path: Path) -> None:
    """After apply returns words, vectors, filters, facets, titles and suggestions all know the change."""
    with opened(tmp_path) as collection:
        collection.apply([Put(1, record_of(0)), Put(2, record_of(1, "blue"))])
        collection.put_vectors("text", ["i0", "i1", "gone"], np.eye(3, DIM, dtype=np.float32), 2)
        assert (collection.lsn, collection.num_items, collection.vector_lsn("text")) == (2, 2, 2)
        assert found(collection, "blue") == ["i1"]
        assert collection.ids(collection.exact_titles("BLUE horse 1")) == ["i1"]
        assert collection.spaces["text"].search(np.eye(DIM, dtype=np.float32)[1], 5).ordinals.tolist() == [
            1,
            0,
        ]
        assert collection.facets(np.asarray([0, 1], np.int32), "category") == [("blue", 1), ("red", 1)]
        assert [c.text for c in collection.suggest.complete("blu", 5)] == ["blue horse 1"]
        collection.apply([Delete(3, "i1"), Delete(4, "never")])
        assert (collection.lsn, collection.num_items, collection.ordinal("i1")) == (4, 1, None)
        assert found(collection, "blue") == []
        assert collection.ids([1]) == ["i1"]
        assert collection.exact_titles("blue horse 1").tolist() == []
        assert collection.spaces["text"].search(np.eye(DIM, dtype=np.float32)[1], 5).ordinals.tolist() == [0]
        assert collection.spaces["text"].vector(1) is None
        mask = collection.compile(In("category", ("red", "blue")))
        assert mask is not None
        assert mask.tolist() == [True, False]


def test_changes_that_are_in_are_skipped(tmp_path: Path) -> None:
    """A batch that overlaps what was applied changes only what is new."""
    with opened(tmp_path) as collection:
        collection.apply([Put(5, record_of(0))])
        collection.apply([Put(4, record_of(1)), Delete(5, "i0"), Put(6, record_of(2))])
        assert (collection.lsn, found(collection, "horse")) == (6, ["i0", "i2"])


def test_an_update_keeps_its_ordinal_and_its_vector(tmp_path: Path) -> None:
    """An id keeps its ordinal while it lives; one that comes back has a new one and no vector."""
    with opened(tmp_path) as collection:
        collection.apply([Put(1, record_of(0))])
        collection.put_vectors("text", ["i0"], vectors_of(["i0"], 1), 1)
        collection.apply([Put(2, record_of(0, "blue"))])
        assert collection.ordinal("i0") == 0
        assert collection.spaces["text"].vector(0) is not None
        collection.apply([Delete(3, "i0"), Put(4, record_of(0))])
        assert collection.ordinal("i0") == 1
        assert collection.spaces["text"].vector(1) is None


def test_a_vector_of_zeros_takes_the_vector_away(tmp_path: Path) -> None:
    """An item that points nowhere is in no ranking by vectors, whatever it had before."""
    with opened(tmp_path) as collection:
        collection.apply([Put(1, record_of(1)), Put(2, record_of(2))])
        ids = ["i1", "i2"]
        collection.put_vectors("text", ids, vectors_of(ids, 2), 2)
        gone = vectors_of(ids, 2)
        gone[0] = 0
        collection.put_vectors("text", ids, gone, 3)
        space = collection.spaces["text"]
        assert collection.ids(space.search(gone[1], 10).ordinals) == ["i2"]
        assert space.vector(0) is None
        assert collection.vector_lsn("text") == 3


def test_a_change_whose_terms_failed_is_whole_after_a_retry(tmp_path: Path) -> None:
    """Applying again what failed half way makes it found by its words."""
    with opened(tmp_path) as collection:
        put, reached = collection._terms.put, []

        def failing(*arguments: object) -> None:
            reached.append(arguments)
            raise OSError("disk full")

        collection._terms.put = failing  # type: ignore[method-assign,assignment]  # a disk that is full for a moment
        with pytest.raises(OSError, match="disk full"):
            collection.apply([Put(1, record_of(1))])
        collection._terms.put = put  # type: ignore[method-assign]  # and has room again
        assert len(reached) == 1
        collection.apply([Put(1, record_of(1))])
        assert found(collection, "horse") == ["i1"]


def test_an_unknown_space_and_wrong_vectors_are_refused(tmp_path: Path) -> None:
    """Errors name the space and the shape, and the LSN does not move."""
    with opened(tmp_path) as collection:
        collection.apply([Put(1, record_of(0))])
        with pytest.raises(UnknownSpace):
            collection.put_vectors("image", [], np.empty((0, DIM), np.float32), 1)
        with pytest.raises(UnknownSpace):
            collection.vector_lsn("image")
        for wrong in (np.zeros((2, DIM), np.float32), np.zeros((1, DIM + 1), np.float32)):
            with pytest.raises(ValueError, match="vectors"):
                collection.put_vectors("text", ["i0"], wrong, 1)
        assert collection.vector_lsn("text") == 0
        collection.put_vectors("text", [], np.empty((0, DIM), np.float32), 1)
        assert collection.vector_lsn("text") == 1


CHANGES = st.lists(
    st.one_of(records(st.sampled_from("abcde")), st.sampled_from("abcde")),
    max_size=12,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.data())
def test_a_snapshot_and_its_tail_equal_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, made: list[Record | str], data: st.DataObject
) -> None:
    """Wherever the log is cut and however it is batched, digest and answers are those of one pass."""
    log: list[Change] = [
        Delete(lsn, change) if isinstance(change, str) else Put(lsn, change)
        for lsn, change in enumerate(made, start=1)
    ]
    cut = data.draw(st.integers(0, len(log)))
    home = tmp_path_factory.mktemp("collection")
    saved = home / "saved"
    saved.mkdir()
    with opened(home / "whole") as whole, opened(home / "first") as first:
        whole.apply(log)
        for change in log[:cut]:
            first.apply([change])
        living = [name for name in "abcde" if first.ordinal(name) is not None]
        if living:
            first.put_vectors("text", living, vectors_of(living, cut), cut)
        first.save(saved)
        with opened(home / "second", saved) as second:
            assert second.digest() == first.digest()
            assert second.vector_lsn("text") == first.vector_lsn("text")
            second.apply(log[cut:])
            everyone = [name for name in "abcde" if whole.ordinal(name) is not None]
            for collection in (whole, second):
                if everyone:
                    collection.put_vectors("text", everyone, vectors_of(everyone, 99), 99)
            assert second.digest() == whole.digest()
            assert (second.lsn, second.num_items) == (whole.lsn, whole.num_items)
            for text in ("a", "red", "1 b"):
                assert sorted(found(second, text)) == sorted(found(whole, text))
                assert second.exact_titles(text).tolist() == whole.exact_titles(text).tolist()
            tree = In("tags", ("a", "red"))
            masks = [collection.compile(tree) for collection in (whole, second)]
            assert np.array_equal(masks[0], masks[1])  # type: ignore[arg-type]  # a filter gives a mask


def test_a_digest_does_not_depend_on_segments_or_graphs(tmp_path: Path) -> None:
    """One batch or many, folded or waiting: the same content has the same digest; other content another."""
    names = [f"i{number}" for number in range(60)]
    log: list[Change] = [Put(number + 1, record_of(number)) for number in range(60)]
    with opened(tmp_path / "a") as whole, opened(tmp_path / "b") as pieces:
        whole.apply(log)
        whole.put_vectors("text", names, vectors_of(names, 1), 60)
        for start in range(0, 60, 7):
            pieces.apply(log[start : start + 7])
        for name in reversed(names):
            pieces.put_vectors("text", [name], vectors_of([name], 1), 60)
        assert pieces.digest() == whole.digest()
        pieces.put_vectors("text", ["i3"], vectors_of(["i3"], 2), 60)
        assert pieces.digest() != whole.digest()


def test_a_space_of_another_shape_starts_empty(tmp_path: Path) -> None:
    """When the encoder's dimension has changed the rest is loaded and the space waits for new vectors."""
    saved = tmp_path / "saved"
    saved.mkdir()
    with opened(tmp_path / "a") as collection:
        collection.apply([Put(1, record_of(0))])
        collection.put_vectors("text", ["i0"], vectors_of(["i0"], 1), 1)
        collection.save(saved)
    with opened(tmp_path / "b", saved, dim=8) as other:
        assert found(other, "horse") == ["i0"]
        assert (other.vector_lsn("text"), len(other.spaces["text"])) == (0, 0)


def test_terms_of_other_rules_are_made_anew(tmp_path: Path) -> None:
    """When the rules of analysis have changed since the snapshot, its records are indexed again."""
    saved = tmp_path / "saved"
    saved.mkdir()
    with opened(tmp_path / "a") as collection:
        collection.apply([Put(1, record_of(0))])
        collection.save(saved)
    manifest = saved / FILE_NAME
    manifest.write_text(manifest.read_text().replace(f'"analysis": {ANALYSIS_VERSION}', '"analysis": 0'))
    for segment in (saved / "terms").iterdir():
        segment.unlink()
    with opened(tmp_path / "b", saved) as other:
        assert found(other, "horse") == ["i0"]


def test_damage_and_strange_formats_are_refused(tmp_path: Path) -> None:
    """A lost record and a newer format raise their own errors."""
    saved = tmp_path / "saved"
    saved.mkdir()
    with opened(tmp_path / "a") as collection:
        collection.apply([Put(1, record_of(0)), Put(2, record_of(1))])
        collection.save(saved)
    content = (saved / RECORDS).read_bytes()
    (saved / RECORDS).write_bytes(content[: len(content) // 2])
    config = CollectionConfig({"text": SPACE}, tmp_path / "b")
    with pytest.raises(DamagedSnapshot):
        Collection.load(saved, config)
    (saved / FILE_NAME).write_text('{"format": 99}')
    with pytest.raises(UnsupportedFormat):
        Collection.load(saved, config)


def test_readers_get_neither_the_dead_nor_the_filtered_out(tmp_path: Path) -> None:
    """Whatever one writer does, searches started after a change never show what it took away."""
    with opened(tmp_path) as collection:
        reader = Reader(collection)
        collection.apply([Put(n + 1, record_of(n, COLOURS[n % 3])) for n in range(300)])
        threads = [threading.Thread(target=reader.run, args=(kind,)) for kind in ("terms", "dense", "filter")]
        for thread in threads:
            thread.start()
        write(collection, reader)
        reader.stop.set()
        for thread in threads:
            thread.join()
        assert reader.wrong == []
        assert reader.num_searches > 0


class Reader:
    """Searches until stopped, and notes every ordinal that had been taken away before a search began."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.stop = threading.Event()
        self.dead: set[int] = set()
        self.blue: set[int] = set()  # ordinals that turned blue for good
        self.wrong: list[tuple[str, int]] = []
        self.num_searches = 0

    def run(self, kind: str) -> None:
        """Search in one way again and again."""
        query = self.collection.terms.parse("red horse")
        space = self.collection.spaces["text"]
        while not self.stop.is_set():
            dead, blue = set(self.dead), set(self.blue)
            if kind == "filter":
                mask = self.collection.compile(In("category", ("red",)))
                ordinals = [*self.collection.terms.search(query, 50, mask).ordinals.tolist()]
                ordinals += space.search(np.ones(DIM, np.float32), 50, mask).ordinals.tolist()
                self.wrong += [(kind, ordinal) for ordinal in ordinals if ordinal in blue]
            elif kind == "terms":
                ordinals = self.collection.terms.search(query, 50).ordinals.tolist()
            else:
                ordinals = space.search(np.ones(DIM, np.float32), 50).ordinals.tolist()
            self.wrong += [(kind, ordinal) for ordinal in ordinals if ordinal in dead]
            self.num_searches += 1


def write(collection: Collection, reader: Reader) -> None:
    """Delete, recolour, add and embed at random, telling the reader after each step."""
    rng = np.random.default_rng(5)
    lsn = collection.lsn
    living = [f"i{number}" for number in range(300)]
    for step in range(20):
        gone = [living.pop(int(rng.integers(len(living)))) for _ in range(3)]
        dead = {ordinal for name in gone if (ordinal := collection.ordinal(name)) is not None}
        turned = [living[int(rng.integers(len(living)))] for _ in range(3)]
        blue = {ordinal for name in turned if (ordinal := collection.ordinal(name)) is not None}
        changes: list[Change] = [Delete(lsn + 1, name) for name in gone]
        changes += [Put(lsn + 1, record_of(int(name[1:]), "blue")) for name in turned]
        changes += [Put(lsn + 1, record_of(1_000 + step))]
        lsn += 1
        collection.apply(changes)
        living = [name for name in living if name not in turned]
        reader.dead |= dead
        reader.blue |= blue
        collection.put_vectors("text", living[:40], vectors_of(living[:40], lsn), lsn)
