"""Orders matches the one way everything here does: score first, then ordinal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from indexes.types import Matches

# Sums of equal parts may differ in their last bits by the order they were added in; 20 bits of
# mantissa (one part in a million) are kept, so that such scores tie and the ordinal decides.
DROPPED_BITS = 4


def rounded(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return finite scores (n,) with the mantissa's noisy last bits rounded away."""
    bits = np.ascontiguousarray(scores, dtype=np.float32).view(np.int32)
    half = np.int32(1 << (DROPPED_BITS - 1))
    return ((bits + half) & np.int32(-1 << DROPPED_BITS)).view(np.float32) + np.float32(0)


def best(ordinals: npt.NDArray[np.int32], scores: npt.NDArray[np.float32], k: int) -> Matches:
    """Return the k best of ordinals (n,) by rounded scores (n,), ties by ordinal, also at the cut."""
    scores = rounded(scores)
    if 0 < k < len(scores) // 2:
        floor = np.partition(scores, len(scores) - k)[len(scores) - k]
        keep = scores >= floor
        ordinals, scores = ordinals[keep], scores[keep]
    order = np.lexsort((ordinals, -scores))[: max(k, 0)]
    return Matches(ordinals[order].astype(np.int32, copy=False), scores[order])


def nothing() -> Matches:
    """Return no matches."""
    return Matches(np.empty(0, np.int32), np.empty(0, np.float32))


def allowed(ordinals: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_]:
    """Return for each ordinal whether the mask allows it; ordinals younger than the mask are not."""
    if mask is None:
        return np.ones(len(ordinals), np.bool_)
    if not len(mask):
        return np.zeros(len(ordinals), np.bool_)
    known = ordinals < len(mask)
    return np.logical_and(known, mask[np.where(known, ordinals, 0)])
