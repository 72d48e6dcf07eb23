"""Stands in for the log, the documents, the views and the encoder: stricter than the real ones."""

from __future__ import annotations

import time
from hashlib import sha256
from threading import Condition, Lock
from typing import TYPE_CHECKING

import numpy as np

from app.domain.bodies import compact_json
from app.domain.errors import Conflict
from app.domain.items import Item
from app.domain.log import Appended, Kind, LogRow
from indexes.types import Delete, Put

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from app.domain.log import Claim, NewRow
    from indexes.types import Change, Record

DIM = 4


class FakeLog:
    """A log in a list, and the documents that follow from it."""

    def __init__(self) -> None:
        self.rows: list[LogRow] = []
        self.blobs: dict[str, bytes] = {}
        self.broken = 0  # reads that will fail
        self._claims: dict[str, tuple[str, Appended]] = {}
        self._grown = Condition()

    async def append(self, rows: Sequence[NewRow], claim: Claim | None = None) -> Appended:
        """Write rows; bodies must be storable and blobs must have their content's digest."""
        if claim is not None and (first := self.claimed(claim)) is not None:
            return first
        appended = self.add(*rows)
        if claim is not None:
            self._claims[claim.key] = (claim.fingerprint, appended)
        return appended

    def add(self, *rows: NewRow) -> Appended:
        """Write rows at once."""
        with self._grown:
            known = {row.key for row in self.rows if row.kind is Kind.EVENT}
            fresh = [row for row in rows if row.kind is not Kind.EVENT or row.key not in known]
            for row in fresh:
                compact_json(row.body)
                for blob in row.blobs:
                    assert sha256(blob.content).hexdigest() == blob.digest
                    self.blobs[blob.digest] = blob.content
                self.rows.append(LogRow(len(self.rows) + 1, 1.0, row.kind, row.key, row.body))
            self._grown.notify_all()
            return Appended(len(self.rows), len(fresh))

    def claimed(self, claim: Claim) -> Appended | None:
        """Look a claim up."""
        if claim.key not in self._claims:
            return None
        fingerprint, first = self._claims[claim.key]
        if fingerprint != claim.fingerprint:
            raise Conflict("used")
        return Appended(first.lsn, first.num_rows, replayed=True)

    def read(self, after: int, limit: int, kinds: Collection[Kind] | None = None) -> list[LogRow]:
        """Read on, or fail as often as told."""
        with self._grown:
            if self.broken:
                self.broken -= 1
                raise OSError("disk away")
            rows = self.rows[after : after + limit]
            return [row for row in rows if kinds is None or row.kind in kinds or row is rows[-1]]

    def last_lsn(self) -> int:
        """Return how many rows there are."""
        with self._grown:
            return len(self.rows)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait for growth."""
        with self._grown:
            return self._grown.wait_for(lambda: len(self.rows) > after, timeout_s)

    def get(self, item_id: str) -> Item | None:
        """Return the newest body of an item."""
        for row in reversed(self.rows):
            if row.key == item_id and row.kind in {Kind.ITEM_PUT, Kind.ITEM_DELETE}:
                return Item.from_body(row.body) if row.kind is Kind.ITEM_PUT else None
        return None

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        """Return those that exist."""
        return {key: item for key in item_ids if (item := self.get(key)) is not None}

    def count(self) -> int:
        """Count the living."""
        return sum(1 for _ in self.scan())

    def scan(self) -> Iterator[Item]:
        """Yield the living by id."""
        for key in sorted({row.key for row in self.rows}):
            if (item := self.get(key)) is not None:
                yield item


class FakeViews:
    """Records and vectors in dictionaries; refuses whatever comes out of order."""

    def __init__(self, poison: str = "") -> None:
        self.records: dict[str, Record] = {}
        self.vectors: dict[str, list[float]] = {}
        self.poison = poison  # a title that cannot be applied
        self.down = False
        self._lsn = 0
        self._vector_lsn = 0
        self._lock = Lock()

    @property
    def lsn(self) -> int:
        """The newest change."""
        return self._lsn

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes, whose numbers must grow."""
        with self._lock:
            assert changes, "nothing to apply"
            if self.down:
                raise RuntimeError("down")
            if any(isinstance(change, Put) and change.record.title == self.poison for change in changes):
                raise ValueError("poison")
            for change in changes:
                assert change.lsn > self._lsn, "a change came twice or out of order"
                if isinstance(change, Put):
                    self.records[change.record.id] = change.record
                elif isinstance(change, Delete):
                    self.records.pop(change.id, None)
                    self.vectors.pop(change.id, None)
                self._lsn = change.lsn

    def vector_lsn(self, space: str) -> int:
        """How far vectors are."""
        assert space == "text"
        return self._vector_lsn

    def put_vectors(self, space: str, ids: Sequence[str], vectors: npt.NDArray[np.float32], lsn: int) -> None:
        """Take vectors, which must be finite, of the right shape, and never ahead of the records."""
        with self._lock:
            assert space == "text"
            assert vectors.shape == (len(ids), DIM)
            assert vectors.dtype == np.float32
            assert len(set(ids)) == len(ids)
            assert lsn > self._vector_lsn
            for item_id, vector in zip(ids, vectors.tolist(), strict=True):
                if item_id in self.records:
                    self.vectors[item_id] = vector
            self._vector_lsn = lsn

    def drop_vectors(self, space: str, ids: Sequence[str], lsn: int) -> None:
        """Take vectors away."""
        with self._lock:
            assert space == "text"
            for item_id in ids:
                self.vectors.pop(item_id, None)
            self._vector_lsn = max(self._vector_lsn, lsn)

    def save(self, directory: Path) -> None:
        """Write the ids."""
        assert not list(directory.iterdir())
        (directory / "ids").write_text("\n".join(sorted(self.records)))

    def digest(self) -> str:
        """Hash the content."""
        return sha256(repr((sorted(self.records.items()), sorted(self.vectors.items()))).encode()).hexdigest()


def vector_of(text: str) -> list[float]:
    """Return what `FakeEncoder` gives for a text."""
    raw = np.frombuffer(sha256(text.encode()).digest(), np.uint8)[:DIM].astype(np.float32) + 1
    unit: list[float] = (raw / np.linalg.norm(raw)).astype(np.float32).tolist()
    return unit


class FakeEncoder:
    """Vectors that depend on the text alone; remembers what it was asked."""

    name = "fake"
    dim = DIM

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row a text."""
        assert texts
        assert all(texts)
        self.asked.append(list(texts))
        return np.asarray([vector_of(text) for text in texts], np.float32)


class FakeCache:
    """A cache in a dictionary."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], npt.NDArray[np.float32]] = {}

    def get_many(self, encoder: str, digests: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return those that are known."""
        return {digest: self.known[encoder, digest] for digest in digests if (encoder, digest) in self.known}

    def put_many(self, encoder: str, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Keep them."""
        self.known |= {(encoder, digest): vector for digest, vector in vectors.items()}


def eventually(holds: object, timeout_s: float = 10.0) -> bool:
    """Return whether a condition comes true in time."""
    assert callable(holds)
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.002)
    return bool(holds())
