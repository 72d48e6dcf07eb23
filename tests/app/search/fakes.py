"""Stands in for a collection, documents and encoders, and is stricter than the real ones."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from app.domain.items import Item
from app.search.branches import make_branches
from app.search.encoding import QueryEncoder
from app.search.fanout import Fanout
from app.search.items import Items
from app.search.pages import Pages
from app.search.plan import Planner
from app.search.service import Search
from indexes.forward.filters import All, In
from indexes.geo.region import RegionIndex
from indexes.text.analyzer import Word
from indexes.text.query import TermQuery
from indexes.text.suggest import Completion
from indexes.types import Matches, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    import numpy.typing as npt

    from app.ranking.lists import BranchScores, Ordinals
    from app.search.collection import Space
    from app.search.encoding import Vector
    from indexes.forward.filters import Filter
    from indexes.types import Mask

DIM = 4


def best(scores: Mapping[int, float], k: int, mask: Mask | None) -> Matches:
    """Return the k best of these that the mask allows, ties by ordinal."""
    assert k > 0
    kept = [(o, s) for o, s in scores.items() if mask is None or (o < len(mask) and mask[o])]
    kept = sorted(kept, key=lambda pair: (-np.float32(pair[1]), pair[0]))[:k]
    return Matches(np.array([o for o, _ in kept], np.int32), np.array([s for _, s in kept], np.float32))


@dataclass
class FakeTerms:
    """Counts the query's words in titles and texts."""

    items: dict[int, Item]

    def parse(self, text: str, *, prefix: bool = False) -> TermQuery:
        words = [word for word in dict.fromkeys(text.lower().split()) if word.isalnum()]
        last = words[-1] if prefix and words else None
        return TermQuery(text, tuple(Word(word, word, 0, spaced=True) for word in words), prefix=last)

    def search(self, query: TermQuery, k: int, mask: Mask | None = None) -> Matches:
        assert not query.is_empty, "an empty query must not reach the index"
        scores = {}
        for ordinal, item in self.items.items():
            said = f"{item.title} {item.title} {item.text}".lower().split()
            score = sum(said.count(word.surface) for word in query.words)
            if query.prefix is not None:
                score += sum(word.startswith(query.prefix) for word in said)
            if score:
                scores[ordinal] = float(score)
        return best(scores, k, mask)


@dataclass
class FakeSpace:
    """Scans its vectors."""

    rows: dict[int, Vector] = field(default_factory=dict)

    def search(self, vector: Vector, k: int, mask: Mask | None = None) -> Matches:
        assert vector.shape == (DIM,), "a query is one vector of the space"
        return best({o: float(row @ vector) for o, row in self.rows.items()}, k, mask)

    def vector(self, ordinal: int) -> Vector | None:
        return self.rows.get(ordinal)

    def scores(self, vector: Vector, ordinals: Ordinals) -> BranchScores:
        told = [float(self.rows[o] @ vector) if o in self.rows else np.nan for o in ordinals.tolist()]
        return np.array(told, np.float32)

    @property
    def dim(self) -> int:
        return DIM


@dataclass
class FakeSpeller:
    """Completes from titles, and knows the corrections it was told."""

    items: dict[int, Item]
    corrections: dict[str, str] = field(default_factory=dict)

    def complete(self, prefix: str, limit: int) -> Sequence[Completion]:
        assert prefix
        titles = sorted({item.title for item in self.items.values()})
        return [Completion(t, 1.0) for t in titles if t.lower().startswith(prefix.lower())][:limit]

    def correct(self, text: str) -> str | None:
        return self.corrections.get(text)


class FakeCollection:
    """Holds items by ordinal; ordinals are never given twice."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.terms = FakeTerms(self.items)
        self.text = FakeSpace()
        self.spaces: dict[str, Space] = {"text": self.text}
        self.region = RegionIndex()
        self.suggest = FakeSpeller(self.items)
        self.lsn = 0
        self._ids: list[str] = []
        self._records: list[Record | None] = []

    @property
    def num_items(self) -> int:
        return len(self.items)

    @property
    def num_wordless(self) -> int:
        return sum(
            item.picture is not None and not (item.title or item.text or item.tags)
            for item in self.items.values()
        )

    def put(self, item: Item, vector: Sequence[float] | None = None) -> None:
        """Add or replace an item, with its text vector."""
        ordinal = self.ordinal(item.id)
        self.lsn += 1
        if ordinal is None:
            ordinal = len(self._ids)
            self._ids.append(item.id)
            self._records.append(None)
        self.items[ordinal] = item
        place = item.location
        self.region.put(ordinal, None if place is None else (place.lat, place.lon))
        self._records[ordinal] = Record(
            item.id, item.title, popularity=item.popularity, created_at=item.created_at
        )
        if vector is not None:
            row = np.array(vector, np.float32)
            self.text.rows[ordinal] = row / np.linalg.norm(row)

    def delete(self, item_id: str) -> None:
        """Take an item out; it must be there."""
        ordinal = self.ordinal(item_id)
        assert ordinal is not None
        self.lsn += 1
        del self.items[ordinal]
        self._records[ordinal] = None
        self.text.rows.pop(ordinal, None)

    def compile(self, tree: Filter | None) -> Mask | None:
        if tree is None:
            return None
        mask = np.zeros(len(self._ids), np.bool_)
        if tree == All(()):
            mask[list(self.items)] = True
            return mask
        assert isinstance(tree, In)
        assert tree.field == "category", "this collection filters by category"
        mask[[o for o, item in self.items.items() if item.category in tree.values]] = True
        return mask

    def ids(self, ordinals: Iterable[int]) -> Sequence[str]:
        return [self._ids[ordinal] for ordinal in ordinals]

    def records(self, ordinals: Iterable[int]) -> Sequence[Record | None]:
        return [self._records[ordinal] for ordinal in ordinals]

    def ordinal(self, item_id: str) -> int | None:
        return next((o for o, item in self.items.items() if item.id == item_id), None)

    def exact_titles(self, query: str) -> Ordinals:
        found = [o for o, item in self.items.items() if item.title.lower() == query.lower()]
        return np.array(sorted(found), np.int32)

    def facets(self, ordinals: Ordinals, field: str) -> Sequence[tuple[str | float | bool, int]]:
        counts: dict[str, int] = {}
        for ordinal in ordinals.tolist():
            value = getattr(self.items[ordinal], field)
            if value is not None:
                counts[value] = counts.get(value, 0) + 1
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass
class FakeDocuments:
    """Reads the bodies of a collection's items, and counts how often it was asked."""

    collection: FakeCollection
    reads: list[tuple[str, ...]] = field(default_factory=list)

    def get(self, item_id: str) -> Item | None:
        return self.get_many([item_id]).get(item_id)

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        assert len(set(item_ids)) == len(item_ids), "an id is asked for once"
        self.reads.append(tuple(item_ids))
        return {item.id: item for item in self.collection.items.values() if item.id in item_ids}

    def count(self) -> int:
        return self.collection.num_items

    def scan(self) -> Iterator[Item]:
        yield from sorted(self.collection.items.values(), key=lambda item: item.id)


class FakeEncoder:
    """Points each text where it was told to, and notes its batches and their threads."""

    name = "fake"
    dim = DIM

    def __init__(self, vectors: Mapping[str, Sequence[float]] | None = None) -> None:
        self._vectors = vectors or {}
        self.batches: list[tuple[str, ...]] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        assert texts, "an empty batch wastes a call"
        assert self.gate.wait(5)
        self.batches.append(tuple(texts))
        self.threads.add(threading.get_ident())
        rows = np.array([self._vectors.get(text, [1, 0, 0, 0]) for text in texts], np.float32)
        unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@dataclass
class FakeClock:
    """Stands still until told."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def icons(num: int = 6) -> FakeCollection:
    """Make a small collection: every item is an icon, titles and vectors by number."""
    collection = FakeCollection()
    for i in range(num):
        item = Item(f"icon-{i}", title=f"icon {i}", text="shape", category="even" if i % 2 == 0 else "odd")
        collection.put(item, [1.0, i / 10, 0.0, 0.0])
    return collection


def searching(
    collection: FakeCollection, encoder: FakeEncoder, pool: Executor, clock: FakeClock | None = None
) -> Search:
    """Wire a search over these; ids count up, and time is real for deadlines only."""
    branches = make_branches()
    numbers = count(1)
    return Search(
        collection=collection,
        items=Items(FakeDocuments(collection), pool, 1_000),
        encoders={"text": QueryEncoder(encoder, pool)},
        planner=Planner(branches, encoded={"text"}),
        fanout=Fanout(branches, pool, time.monotonic),
        pages=Pages(10**6, 600.0, clock or FakeClock()),
        fusion="convex",
        clock=time.monotonic,
        new_id=lambda: f"answer-{next(numbers)}",
    )
