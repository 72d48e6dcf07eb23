"""Names what a space of vectors is: its settings and what every implementation answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from indexes.types import Mask, Matches


@dataclass(frozen=True, slots=True)
class SpaceConfig:
    """A space's settings.

    Scores: cosine and inner product for `cosine` and `ip`, minus the squared distance for `l2`.
    `m`, `ef_construction` and `ef` are the graph's links a node and search widths (Malkov and
    Yashunin 2018, section 4); each that is None grows with the collection, as `indexes.dense.growth`
    says; `small_ef` is the search width while the graph is of the first of its steps. No graph is made
    below `graph_from` vectors; later ones wait in a scanned tail until there are `fold_from`, or a 64th
    of the graph if that is more. `made_with` names what the vectors come from: those of another maker
    are not gone on with.
    """

    dim: int
    metric: Literal["cosine", "ip", "l2"] = "cosine"
    m: int | None = None
    ef_construction: int | None = None
    ef: int | None = None
    small_ef: int | None = None
    graph_from: int = 2_048
    fold_from: int = 256
    seed: int = 20_180
    made_with: str = ""


class Space(Protocol):
    """Vectors by ordinal. One writer at a time; any thread reads, and sees whole writes only."""

    @property
    def config(self) -> SpaceConfig: ...

    @property
    def dim(self) -> int: ...

    def __len__(self) -> int:
        """Return how many ordinals have a vector."""
        ...

    def put(self, ordinals: Sequence[int], vectors: npt.NDArray[np.float32]) -> None:
        """Give the ordinals their rows of `vectors`, (n, dim); ValueError on another shape or NaN."""
        ...

    def remove(self, ordinals: Sequence[int]) -> None:
        """Forget the vectors of these ordinals, where they have one."""
        ...

    def vector(self, ordinal: int) -> npt.NDArray[np.float32] | None:
        """Return the vector, (dim,), of unit length in a cosine space."""
        ...

    def search(self, vector: npt.NDArray[np.float32], k: int, mask: Mask | None = None) -> Matches:
        """Return min(k, ordinals in the mask that have a vector) matches to `vector`, (dim,)."""
        ...

    def scores(
        self, vector: npt.NDArray[np.float32], ordinals: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float32]:
        """Return the exact scores of ordinals, (n,), as `search` gives them; NaN where there is no vector."""
        ...

    def save(self, directory: Path) -> None:
        """Write everything into an existing directory."""
        ...
