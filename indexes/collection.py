"""Applies the log's changes to every index of a collection, and answers for all of them."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from indexes import archive
from indexes.dense.served import ServedSpace
from indexes.errors import DamagedSnapshot, UnknownSpace
from indexes.forward.store import ForwardStore
from indexes.manifest import Manifest, SavedSpace
from indexes.text.analyzer import ANALYSIS_VERSION, Analyzer
from indexes.text.branch import TermBranch
from indexes.text.inverted import TermWeights
from indexes.types import Delete, Put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from indexes.dense.space import Space, SpaceConfig
    from indexes.forward.columns import Scalar
    from indexes.forward.filters import Filter
    from indexes.text.suggest import Suggester
    from indexes.types import Change, Mask, Record

TERMS = "terms"


@dataclass(frozen=True, slots=True)
class CollectionConfig:
    """What a collection is made of.

    `working_directory` is wiped: it holds files of the term index while the process lives, and is
    best on a memory file system, where a commit need not wait for a disk. With `background`
    vectors are folded into graphs on a thread of the collection, without it by whoever puts them.
    """

    spaces: Mapping[str, SpaceConfig]
    working_directory: Path
    weights: TermWeights = field(default_factory=TermWeights)
    background: bool = True


class Collection:
    """One writer applies changes; any number of threads read, and a read never waits for a commit."""

    def __init__(self, config: CollectionConfig) -> None:
        self._reset(config, saved_terms=None)

    def _reset(self, config: CollectionConfig, saved_terms: Path | None) -> None:
        home = config.working_directory
        shutil.rmtree(home, ignore_errors=True)
        (home / TERMS).mkdir(parents=True)
        self._config = config
        self._writing = RLock()  # guards the order of writes: one apply, put_vectors or save at a time
        self._lsn = 0
        self._vector_lsns = dict.fromkeys(config.spaces, 0)
        self._folds = ThreadPoolExecutor(1, "fold") if config.background else None
        self._forward = ForwardStore()
        self.terms = TermBranch(home / TERMS, Analyzer(), self._forward.record, config.weights, saved_terms)
        self._spaces = {
            name: ServedSpace(space, home / f"graph-{place}.tmp", self._launch)
            for place, (name, space) in enumerate(config.spaces.items())
        }

    def _launch(self, fold: Callable[[], None]) -> None:
        if self._folds is None:
            fold()
        else:
            self._folds.submit(fold)

    # --- what is in it

    @property
    def lsn(self) -> int:
        """Return the LSN of the newest change that was applied."""
        return self._lsn

    @property
    def num_items(self) -> int:
        """Return how many items are alive."""
        return self._forward.num_alive

    @property
    def spaces(self) -> Mapping[str, Space]:
        """Return the dense spaces by name."""
        return self._spaces

    @property
    def suggest(self) -> Suggester:
        """Return completion and correction."""
        return self.terms.suggest

    def ids(self, ordinals: Iterable[int]) -> list[str]:
        """Return the ids of ordinals, those that died meanwhile too."""
        return self._forward.ids(ordinals)

    def records(self, ordinals: Iterable[int]) -> list[Record | None]:
        """Return the records of ordinals, None for the dead; every put makes a new object."""
        return [self._forward.record(ordinal) for ordinal in ordinals]

    def ordinal(self, item_id: str) -> int | None:
        """Return the ordinal of a living id."""
        return self._forward.ordinal(item_id)

    def exact_titles(self, query: str) -> npt.NDArray[np.int32]:
        """Return the ordinals whose normalised title equals the query's, ascending, (n,)."""
        return self.terms.titles.find(query)

    def compile(self, tree: Filter | None) -> Mask | None:
        """Return where the filter holds among the living, (n,) and read-only; None when all may be returned."""
        return self._forward.compile(tree)

    def facets(self, ordinals: npt.NDArray[np.int32], field: str) -> list[tuple[Scalar, int]]:
        """Return (value, how many of these ordinals have it), most frequent first, then by value."""
        return self._forward.facets(ordinals, field)

    # --- writing

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes in order, seen by whatever starts after this returns; older ones are skipped."""
        with self._writing:
            before = self._lsn
            dead: list[int] = []
            for change in changes:
                if change.lsn <= before:
                    continue
                if isinstance(change, Put):
                    self._put(change.record)
                else:
                    dead += self._delete(change)
                self._lsn = max(self._lsn, change.lsn)
            for space in self._spaces.values():
                space.remove(dead)
            self.terms.publish()

    def _put(self, record: Record) -> None:
        ordinal, before = self._forward.put(record)
        if record != before:
            self.terms.put(ordinal, record, before)

    def _delete(self, change: Delete) -> list[int]:
        gone = self._forward.remove(change.id)
        if gone is None:
            return []
        self.terms.remove(*gone)
        return [gone[0]]

    # --- vectors

    def put_vectors(self, space: str, ids: Sequence[str], vectors: npt.NDArray[np.float32], lsn: int) -> None:
        """Give living items their rows of `vectors`, (n, dim); the space is then complete up to `lsn`.

        Raises UnknownSpace, and ValueError on another shape or a number that is not finite.
        """
        with self._writing:
            target = self._space(space)
            if len(ids) != len(vectors):
                raise ValueError(f"{len(ids)} ids but {len(vectors)} vectors")
            ordinals = [self._forward.ordinal(item_id) for item_id in ids]
            living = [place for place, ordinal in enumerate(ordinals) if ordinal is not None]
            if living:
                target.put([ordinal for ordinal in ordinals if ordinal is not None], vectors[living])
            self._vector_lsns[space] = max(self._vector_lsns[space], lsn)

    def vector_lsn(self, space: str) -> int:
        """Return the LSN up to which the vectors of this space are complete; raises UnknownSpace."""
        self._space(space)
        return self._vector_lsns[space]

    def _space(self, name: str) -> ServedSpace:
        if name not in self._spaces:
            raise UnknownSpace(name, tuple(self._spaces))
        return self._spaces[name]

    # --- keeping

    def digest(self) -> str:
        """Return a SHA-256 (hex) of ids, ordinals, fields and vectors: equal logs give equal digests."""
        with self._writing:
            vectors = {name: self._vectors(space) for name, space in self._spaces.items()}
            return archive.digest(self._forward.num_ordinals, self._forward.records(), vectors)

    def _vectors(self, space: ServedSpace) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        for ordinal, _ in self._forward.records():
            vector = space.vector(ordinal)
            if vector is not None:
                yield ordinal, vector

    def save(self, directory: Path) -> None:
        """Write everything into an existing empty directory."""
        with self._writing:
            archive.write(directory, self._forward.all_ids(), self._forward.records())
            (directory / TERMS).mkdir()
            self.terms.save(directory / TERMS)
            saved: dict[str, SavedSpace] = {}
            for place, (name, space) in enumerate(self._spaces.items()):
                folder = directory / f"space-{place}"
                folder.mkdir()
                space.save(folder)
                config = space.config
                saved[name] = SavedSpace(folder.name, config.dim, config.metric, self._vector_lsns[name])
            Manifest(self._lsn, self.num_items, self._forward.num_ordinals, ANALYSIS_VERSION, saved).write(
                directory
            )

    @classmethod
    def load(cls, directory: Path, config: CollectionConfig) -> Collection:
        """Read what `save` wrote; raises UnsupportedFormat or DamagedSnapshot.

        A space that is configured with another shape than it was saved with starts empty, at LSN 0.
        """
        manifest = Manifest.read(directory)
        terms = directory / TERMS if manifest.analysis == ANALYSIS_VERSION else None
        collection = cls.__new__(cls)
        collection._reset(config, terms)
        try:
            collection._restore(directory, manifest, reindex=terms is None)
        except BaseException:
            collection.close()
            raise
        return collection

    def _restore(self, directory: Path, manifest: Manifest, *, reindex: bool) -> None:
        ids = archive.read_ids(directory)
        if len(ids) != manifest.num_ordinals:
            raise DamagedSnapshot(f"{manifest.num_ordinals} ids were saved, {len(ids)} can be read")
        for ordinal, record in self._forward.restore(ids, archive.read_records(directory)):
            self.terms.restore(ordinal, record, reindex=reindex)
        if self.num_items != manifest.num_items:
            raise DamagedSnapshot(f"{manifest.num_items} items were saved, {self.num_items} can be read")
        self.terms.publish()
        for name, saved in manifest.spaces.items():
            space = self._spaces.get(name)
            if space is not None and (space.config.dim, space.config.metric) == (saved.dim, saved.metric):
                space.restore(directory / saved.directory)
                self._vector_lsns[name] = saved.lsn
        self._lsn = manifest.lsn

    def close(self) -> None:
        """Wait for folds and merges; the collection cannot be used afterwards."""
        if self._folds is not None:
            self._folds.shutdown(wait=True)
        self.terms.close()
