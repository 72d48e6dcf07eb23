"""Names, once, the protocols and records that the parts of a search agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.search.collection import Collection
    from app.search.encoding import Vector
    from indexes.text.query import TermQuery
    from indexes.types import Mask, Matches


@dataclass(frozen=True, slots=True)
class Like:
    """The item that a search is like: its ordinal, left out of the answer, and what to call it."""

    ordinal: int
    title: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What branches recall by: words, vectors by space, or nothing at all for the front page.

    `query` is normalised and, where `corrected` says so, corrected. `scripts` are those of its
    letters, named as Unicode names begin: LATIN, CJK, HIRAGANA.
    """

    query: str = ""
    corrected: bool = False
    terms: TermQuery | None = None
    like: Like | None = None
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    scripts: frozenset[str] = frozenset()

    @property
    def is_front_page(self) -> bool:
        """True when nothing was asked for."""
        return not self.query and self.like is None


class Branch(Protocol):
    """One way of recalling items; one instance serves every search.

    `space` names the vectors it needs, None when it needs none. `floor` and
    `ceiling` are the ends of its scale as in `BranchList`. `depth` is None for the plan's own.
    """

    space: ClassVar[str | None]
    floor: ClassVar[float | None]
    ceiling: ClassVar[float | None]
    depth: ClassVar[int | None]
    in_memory: ClassVar[bool]

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        """Return why it has nothing to do for this search, None when it has."""
        ...

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        """Return at most `depth` matches that the mask allows, best first; runs on a pool's thread."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedBranch:
    """One branch of a plan; one with `why` set is skipped for that reason."""

    name: str
    weight: float
    depth: int
    deadline_ms: float
    why: str | None = None
