"""Looks down a list and clicks: by places alone (PBM), or from the top until satisfied (cascade)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.simulation.world import Floats

PBM, CASCADE = "pbm", "cascade"
MODELS = (PBM, CASCADE)
NOISE = 0.02  # chance that something looked at is clicked on whatever it is
SATISFIED = 0.7  # chance that a click on what is wanted ends a look by cascade


def examined(num: int, patience: float) -> Floats:
    """Return the chance that each place is looked at, (num,): rank^-patience, 1 for the first."""
    chances: Floats = np.arange(1, num + 1, dtype=np.float64) ** -patience
    return chances


def clicks(relevance: Floats, patience: float, model: str, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return the places (from 0) clicked on in a list of this relevance, (n,).

    PBM: P(click) = P(look | place) P(click | look), each place apart (Richardson et al. 2007). Cascade:
    from the top, place after place, until a click satisfies or patience ends (Craswell et al. 2008).
    """
    wants = rng.random(len(relevance)) < NOISE + (1 - NOISE) * relevance
    looks = rng.random(len(relevance))
    if model == PBM:
        return np.flatnonzero(wants & (looks < examined(len(relevance), patience)))
    goes_on = examined(len(relevance) + 1, patience)
    taken: list[int] = []
    for place, wanted in enumerate(wants.tolist()):
        if looks[place] > goes_on[place] / goes_on[max(place - 1, 0)]:
            break
        if wanted:
            taken.append(place)
            if rng.random() < SATISFIED * relevance[place]:
                break
    return np.array(taken, np.intp)
