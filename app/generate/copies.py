"""Tells whether a picture is nearly one of the collection's, by how its ink is spread."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.vector import split

if TYPE_CHECKING:
    from app.domain.engine import Pixels

Vector: TypeAlias = npt.NDArray[np.float32]

NAME = "ink-16-1"  # under which fingerprints are cached; grows when the same picture would give another
SIDE = 16
DIM = SIDE * SIDE
PERCENTILE = 1.0  # of the distances from pictures held out to the rest: nearer than that is a copy
HELD_OUT = 20  # one picture in so many
FEW = 200  # pictures below which there is nothing to take a percentile of
THRESHOLD_OF_FEW = 0.99
SAME = 1e-5  # similarities nearer than this are equal: a product's last bits depend on where its row lies
GROWTH = 1.25  # of the collection, after which the threshold is measured anew


@dataclass(frozen=True, slots=True)
class NearCopy:
    """An item whose picture another one nearly is; `similarity` is the cosine of their fingerprints."""

    item: str
    similarity: float


class Copies(Protocol):
    """What a finished picture is compared with."""

    def nearest(self, pixels: Pixels) -> NearCopy | None:
        """Return the nearest item when it is near enough to be called a copy."""
        ...


def fingerprint(pixels: npt.NDArray[np.uint8]) -> Vector:
    """Return the share of ink in 16 x 16 places of an RGB picture (H, W, 3), centred, of unit length.

    The same drawing in other colours gives nearly the same. All zero for a picture of one colour.
    """
    cover = Image.fromarray(split(pixels).cover.astype(np.float32))
    places = np.asarray(cover.resize((SIDE, SIDE), Image.Resampling.BOX)).ravel()
    centred = places - places.mean()
    length = float(np.linalg.norm(centred))
    return (centred / length if length > 1e-6 else np.zeros(DIM)).astype(np.float32)


class Fingerprints:
    """The fingerprints of a collection's pictures by item; every method may be called from any thread.

    How near is a copy is measured on the collection itself: of its pictures one in twenty is held
    out, and the threshold is the 1st percentile of their distances to the nearest of the rest.
    """

    def __init__(self) -> None:
        self._lock = Lock()  # guards everything below
        self._slots: dict[str, int] = {}
        self._ids: list[str] = []
        self._rows = np.zeros((1024, DIM), np.float32)
        self._threshold = THRESHOLD_OF_FEW
        self._measured_at = 0

    def __len__(self) -> int:
        return len(self._slots)

    def put(self, item: str, vector: Vector) -> None:
        """Set an item's fingerprint (256,)."""
        with self._lock:
            slot = self._slots.setdefault(item, len(self._ids))
            if slot == len(self._ids):
                self._ids.append(item)
                if slot == len(self._rows):
                    self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._rows[slot] = vector

    def remove(self, item: str) -> None:
        """Forget an item; one that is not there is ignored."""
        with self._lock:
            slot = self._slots.pop(item, None)
            if slot is None:
                return
            last = self._ids.pop()
            if last != item:
                self._ids[slot] = last
                self._slots[last] = slot
                self._rows[slot] = self._rows[len(self._ids)]

    def nearest(self, pixels: Pixels) -> NearCopy | None:
        """Return the nearest item when it is nearer than the threshold; of equals the first by id."""
        picture = np.frombuffer(pixels.content, np.uint8).reshape(pixels.height, pixels.width, 3)
        vector = fingerprint(picture)
        with self._lock:
            count = len(self._ids)
            if not count or not vector.any():
                return None
            scores = self._rows[:count] @ vector
            best = float(scores.max())
            if best < self._measured(count):
                return None
            item = min(self._ids[slot] for slot in np.flatnonzero(scores >= best - SAME))
        return NearCopy(item, round(min(best, 1.0), 4))

    @property
    def threshold(self) -> float:
        """Return the similarity from which a picture is called a copy."""
        with self._lock:
            return self._measured(len(self._ids))

    def _measured(self, count: int) -> float:
        if count >= FEW and count > self._measured_at * GROWTH:
            self._threshold = _threshold_of(self._rows[:count], self._ids)
            self._measured_at = count
        return self._threshold


def _threshold_of(rows: Vector, ids: list[str]) -> float:
    """Return the similarity whose distance is the 1st percentile from held-out pictures to the rest."""
    held = np.array([int(sha256(item.encode()).hexdigest(), 16) % HELD_OUT == 0 for item in ids])
    inked = rows.any(1)
    out, rest = rows[held & inked], rows[~held & inked]
    if not len(out) or not len(rest):
        return THRESHOLD_OF_FEW
    best = np.concatenate([(some @ rest.T).max(1) for some in np.array_split(out, 1 + len(out) // 256)])
    return float(np.percentile(best, 100.0 - PERCENTILE))
