"""Applies the log's changes to every index of a collection, and answers for all of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from indexes import archive
from indexes.dense.folds import Folds
from indexes.dense.served import ServedSpace
from indexes.errors import DamagedSnapshot, UnknownSpace
from indexes.forward.store import ForwardStore
from indexes.geo.region import RegionIndex
from indexes.manifest import Manifest, SavedSpace
from indexes.text.analyzer import ANALYSIS_VERSION, Analyzer
from indexes.text.branch import TermBranch
from indexes.text.inverted import TermWeights
from indexes.text.synonyms import SynonymSet
from indexes.types import Delete, DropSynonyms, Put, PutSynonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
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
    """One writer applies changes; any number of threads read, and no read waits for a commit.

    With `saved` it begins as what `save` wrote there; raises UnsupportedFormat or DamagedSnapshot.
    """

    def __init__(self, config: CollectionConfig, saved: Path | None = None) -> None:
        home = config.working_directory
        shutil.rmtree(home, ignore_errors=True)
        (home / TERMS).mkdir(parents=True)
        manifest = None if saved is None else Manifest.read(saved)
        is_same_analysis = manifest is not None and manifest.analysis == ANALYSIS_VERSION
        terms = saved / TERMS if saved is not None and is_same_analysis else None
        self._writing = Lock()  # guards the order of writes: one apply, put_vectors, save or digest at a time
        self._behind: dict[str, Record | None] = {}  # where terms failed: the record they still are of
        self._lsn = 0
        self._vector_lsns = dict.fromkeys(config.spaces, 0)
        self._folds = Folds(background=config.background)
        self._forward = ForwardStore()
        self._region = RegionIndex()
        self._terms = TermBranch(home / TERMS, Analyzer(), self._forward.record, config.weights, terms)
        self._spaces = {
            name: ServedSpace(space, home / f"graph-{place}.tmp", self._folds.launch)
            for place, (name, space) in enumerate(config.spaces.items())
        }
        if saved is not None and manifest is not None:
            self._restore(saved, manifest, reindex=terms is None)

    @classmethod
    def load(cls, directory: Path, config: CollectionConfig) -> Collection:
        """Return the collection that `save` wrote; raises UnsupportedFormat or DamagedSnapshot.

        A space that is configured with another shape or maker than it was saved with starts empty, at LSN 0.
        """
        return cls(config, saved=directory)

    # --- reading

    @property
    def lsn(self) -> int:
        """Return the LSN of the newest change that readers see."""
        return self._lsn

    @property
    def num_items(self) -> int:
        """Return how many items are alive."""
        return self._forward.num_alive

    @property
    def num_wordless(self) -> int:
        """Return how many living items have a picture, and no title, text or tags to find it by."""
        return self._forward.num_wordless

    @property
    def terms(self) -> TermBranch:
        """Return recall by words."""
        return self._terms

    @property
    def spaces(self) -> Mapping[str, Space]:
        """Return the dense spaces by name."""
        return self._spaces

    @property
    def synonyms(self) -> Mapping[str, SynonymSet]:
        """Return the sets of synonyms by which queries are expanded, by name."""
        return self._terms.synonyms.sets

    @property
    def region(self) -> RegionIndex:
        """Return recall by place."""
        return self._region

    @property
    def suggest(self) -> Suggester:
        """Return completion and correction."""
        return self._terms.suggest

    def ids(self, ordinals: Iterable[int] | npt.NDArray[np.int32]) -> list[str]:
        """Return the ids of ordinals, those that died meanwhile too."""
        return self._forward.ids(ordinals)

    def records(self, ordinals: Iterable[int]) -> list[Record | None]:
        """Return the records of ordinals, None for the dead; a put is always a new object."""
        return [self._forward.record(ordinal) for ordinal in ordinals]

    def ordinal(self, item_id: str) -> int | None:
        """Return the ordinal of a living id."""
        return self._forward.ordinal(item_id)

    def exact_titles(self, query: str) -> npt.NDArray[np.int32]:
        """Return the ordinals whose normalised title equals the query's, ascending, (n,)."""
        return self._terms.titles.find(query)

    def compile(self, tree: Filter | None) -> Mask | None:
        """Return where the filter holds among the living, (n,), read-only; None for no filter."""
        return self._forward.compile(tree)

    def facets(self, ordinals: npt.NDArray[np.int32], field: str) -> list[tuple[Scalar, int]]:
        """Return (value, how many of these ordinals have it), most frequent first, then by value."""
        return self._forward.facets(ordinals, field)

    def vector_lsn(self, space: str) -> int:
        """Return the LSN up to which the vectors of this space are complete; raises UnknownSpace."""
        self._space(space)
        return self._vector_lsns[space]

    # --- writing

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes in order, seen by whatever starts after this returns; older ones are skipped."""
        with self._writing:
            news = [change for change in changes if change.lsn > self._lsn]
            dead: list[int] = []
            for change in news:
                dead += self._change(change)
            for space in self._spaces.values():
                space.remove(dead)
            self._terms.publish()
            self._lsn = max((change.lsn for change in news), default=self._lsn)

    def _change(self, change: Change) -> list[int]:
        """Apply one change and return the ordinals that died of it."""
        match change:
            case Put():
                self._put(change.record)
            case Delete():
                return self._delete(change.id)
            case PutSynonyms():
                self._terms.synonyms.put(change.name, SynonymSet(change.words, change.to))
            case DropSynonyms():
                self._terms.synonyms.remove(change.name)
        return []

    def _put(self, record: Record) -> None:
        ordinal, before = self._forward.put(record)
        self._region.put(ordinal, record.location)
        if record.id in self._behind:
            before = self._behind[record.id]
        if record != before:
            self._behind[record.id] = before  # stays when the next line fails: a retry then starts from it
            self._terms.put(ordinal, record, before)
            del self._behind[record.id]

    def _delete(self, item_id: str) -> list[int]:
        gone = self._forward.remove(item_id)
        if gone is None:
            return []
        self._region.put(gone[0], None)
        self._terms.remove(*gone)
        return [gone[0]]

    def put_vectors(self, space: str, ids: Sequence[str], vectors: npt.NDArray[np.float32], lsn: int) -> None:
        """Give living items their rows of `vectors`, (n, dim); the space is then complete up to `lsn`.

        By cosine a row of zeros points nowhere: its item has no vector from then on. Raises UnknownSpace,
        and ValueError on another shape or a number that is not finite.
        """
        with self._writing:
            target = self._space(space)
            if vectors.shape != (len(ids), target.config.dim):
                raise ValueError(f"{len(ids)} ids of {target.config.dim} numbers, vectors {vectors.shape}")
            ordinals = {place: self._forward.ordinal(item_id) for place, item_id in enumerate(ids)}
            living = {place: ordinal for place, ordinal in ordinals.items() if ordinal is not None}
            zeros_count = target.config.metric != "cosine"
            pointing = {place: o for place, o in living.items() if zeros_count or vectors[place].any()}
            target.remove([ordinal for place, ordinal in living.items() if place not in pointing])
            if pointing:
                target.put(list(pointing.values()), vectors[list(pointing)])
            self._vector_lsns[space] = max(self._vector_lsns[space], lsn)

    def drop_vectors(self, space: str, ids: Sequence[str], lsn: int) -> None:
        """Take these items' vectors away; the space is then complete up to `lsn`. Raises UnknownSpace."""
        with self._writing:
            ordinals = (self._forward.ordinal(item_id) for item_id in ids)
            self._space(space).remove([ordinal for ordinal in ordinals if ordinal is not None])
            self._vector_lsns[space] = max(self._vector_lsns[space], lsn)

    def _space(self, name: str) -> ServedSpace:
        if name not in self._spaces:
            raise UnknownSpace(name, tuple(self._spaces))
        return self._spaces[name]

    # --- keeping

    def digest(self) -> str:
        """Return a SHA-256 (hex) of ids, ordinals, fields and vectors: equal logs give equal digests."""
        with self._writing:
            vectors = {name: self._vectors(space) for name, space in self._spaces.items()}
            return archive.digest(
                self._forward.num_ordinals, self._forward.records(), vectors, self._terms.synonyms.rows()
            )

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
            self._terms.synonyms.save(directory)
            self._terms.save(directory / TERMS)
            spaces = {name: self._save_space(directory, place) for place, name in enumerate(self._spaces)}
            size = self._forward.num_ordinals
            Manifest(self._lsn, self.num_items, size, ANALYSIS_VERSION, spaces).write(directory)

    def _save_space(self, directory: Path, place: int) -> SavedSpace:
        name = list(self._spaces)[place]
        space = self._spaces[name]
        folder = directory / f"space-{place}"
        folder.mkdir()
        space.save(folder)
        config = space.config
        return SavedSpace(folder.name, config.dim, config.metric, self._vector_lsns[name], config.made_with)

    def _restore(self, directory: Path, manifest: Manifest, *, reindex: bool) -> None:
        ids = archive.read_ids(directory)
        for ordinal, record in self._forward.restore(ids, archive.read_records(directory)):
            self._terms.restore(ordinal, record, reindex=reindex)
            self._region.put(ordinal, record.location)
        if (len(ids), self.num_items) != (manifest.num_ordinals, manifest.num_items):
            raise DamagedSnapshot("records do not agree with the manifest")
        self._terms.synonyms.restore(directory)
        self._terms.publish()
        for name, saved in manifest.spaces.items():
            space = self._spaces.get(name)
            if space is not None and saved.fits(space.config):
                space.restore(directory / saved.directory)
                self._vector_lsns[name] = saved.lsn
        self._lsn = manifest.lsn

    def close(self) -> None:
        """Wait for folds and merges; nothing can be written afterwards."""
        self._folds.close()
        self._terms.close()
