"""Holds one published state of a space: vectors in slots, and which ordinal owns each slot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Slots: TypeAlias = npt.NDArray[np.int32]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexes.dense.space import SpaceConfig
    from indexes.types import Mask

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Rows:
    """A state that never changes. A slot holds one vector for ever; an update takes a new slot.

    vectors: (n, dim) float32. owners: (n,) int32, the slot's ordinal or NOBODY. slots: (m,) int32,
    the ordinal's slot or NOBODY.
    """

    vectors: Floats
    owners: Slots
    slots: Slots
    num_alive: int

    @classmethod
    def of(cls, vectors: Floats, owners: Slots) -> Rows:
        """Return the state in which each slot has this owner."""
        alive = np.flatnonzero(owners != NOBODY).astype(np.int32)
        slots = np.full(int(owners.max(initial=NOBODY)) + 1, NOBODY, np.int32)
        slots[owners[alive]] = alive
        return cls(vectors, owners, slots, len(alive))

    def slot(self, ordinal: int) -> int:
        """Return the ordinal's slot, or NOBODY."""
        return int(self.slots[ordinal]) if 0 <= ordinal < len(self.slots) else NOBODY

    def slots_of(self, ordinals: Slots) -> Slots:
        """Return the slots of ordinals, (n,), NOBODY for those without a vector."""
        if not len(ordinals) or ordinals.max() < len(self.slots):
            return self.slots[ordinals]
        known = ordinals < len(self.slots)
        slots = np.full(len(ordinals), NOBODY, np.int32)
        slots[known] = self.slots[ordinals[known]]
        return slots

    def without(self, ordinals: Sequence[int]) -> Rows:
        """Return the state in which these ordinals have no vector."""
        slots, owners = self.slots.copy(), self.owners.copy()
        known = np.asarray([o for o in set(ordinals) if self.slot(o) != NOBODY], np.int64)
        owners[slots[known]] = NOBODY
        slots[known] = NOBODY
        return Rows(self.vectors, owners, slots, self.num_alive - len(known))

    def extended(self, vectors: Floats, ordinals: Slots) -> Rows:
        """Return the state in which slots were added; the ordinals are distinct and own none yet."""
        added = np.arange(len(self.owners), len(vectors), dtype=np.int32)
        size = max(len(self.slots), int(ordinals.max(initial=NOBODY)) + 1)
        slots = np.full(size, NOBODY, np.int32)
        slots[: len(self.slots)] = self.slots
        slots[ordinals] = added
        owners = np.concatenate([self.owners, ordinals])
        return Rows(vectors, owners, slots, self.num_alive + len(ordinals))

    def survivors(self, mask: Mask | None) -> Slots:
        """Return the slots whose owners the mask allows, (s,), by ordinal."""
        slots = self.slots if mask is None else self.slots[: len(mask)][mask[: len(self.slots)]]
        return np.compress(slots != NOBODY, slots)


def prepared_query(vector: npt.ArrayLike, config: SpaceConfig) -> Floats:
    """Return one vector, (dim,), as `prepared` makes its row; raises what that raises."""
    row: Floats = np.asarray(vector, np.float32)
    if row.shape != (config.dim,):
        first: Floats = prepared(vector, config)[0]
        return first
    wide = row.astype(np.float64)
    length = math.sqrt(wide @ wide)
    if not math.isfinite(length):
        raise ValueError("a vector holds a number that is not finite")
    if config.metric == "cosine" and length > 0:
        wide /= length
        row = wide.astype(np.float32)
    return row


def prepared(vectors: npt.ArrayLike, config: SpaceConfig) -> Floats:
    """Return (n, dim) float32 rows, of unit length for cosine; raises ValueError on wrong shape or NaN."""
    rows = np.array(vectors, np.float32, ndmin=2)
    if rows.ndim != 2 or rows.shape[1] != config.dim:
        raise ValueError(f"vectors of {config.dim} numbers are wanted, not of shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError("a vector holds a number that is not finite")
    if config.metric == "cosine":
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        rows = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return rows
