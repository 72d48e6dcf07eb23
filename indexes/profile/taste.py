"""Means what somebody liked into one vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from indexes.profile.affinities import HALF_LIFE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from indexes.behavior.activity import Past

    Vector = npt.NDArray[np.float32]


def taste(
    acts: Sequence[Past],
    vector_of: Callable[[str], Vector | None],
    weights: Mapping[str, float],
    now: float,
) -> Vector | None:
    """Return the unit vector (dim,) of the weighted mean of liked items' vectors; None when there are none.

    An act weighs its type's weight times 2^-(age / 30 days); dislikes do not enter.
    """
    mean: Vector | None = None
    known: dict[str, Vector | None] = {}
    for act in acts:
        weight = weights.get(act.type, 0.0)
        if act.item is None or weight <= 0:
            continue
        if act.item not in known:
            known[act.item] = vector_of(act.item)
        vector = known[act.item]
        if vector is not None:
            part = np.float32(weight * 2.0 ** (-max(now - act.at, 0.0) / HALF_LIFE_S)) * vector
            mean = part if mean is None else mean + part
    length = 0.0 if mean is None else float(np.linalg.norm(mean))
    return None if mean is None or length == 0 else (mean / length).astype(np.float32)
