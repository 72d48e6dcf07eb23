"""Names, once, the protocols and records that the parts of a search agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.rankers import PackageId
    from app.ranking.features.scene import Asked
    from app.ranking.lists import BranchScores, Ordinals, Ranked
    from app.ranking.reasons import Note
    from app.ranking.stage import Reranked
    from app.search.collection import Collection
    from app.search.encoding import Vector
    from app.search.pages import Pinned
    from app.search.people import Person
    from indexes.behavior.crowd import Crowd
    from indexes.text.query import TermQuery
    from indexes.types import Mask, Matches


@dataclass(frozen=True, slots=True)
class Like:
    """The item that a search is like: its ordinal, left out of the answer, and what to call it."""

    ordinal: int
    title: str


@dataclass(frozen=True, slots=True)
class Near:
    """Where the caller is, in degrees, and how far from there the hits may lie."""

    lat: float
    lon: float
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What branches recall by: words, vectors by space, a place, or nothing at all for the front page.

    `query` is normalised and, where `corrected` says so, corrected. `scripts` are those of its
    letters, named as Unicode names begin: LATIN, CJK, HIRAGANA. `crowd` is what everybody did, and `person`
    who asks, where that is told. In `notes` a branch leaves, by its name and by ordinal, why it recalled.
    """

    query: str = ""
    corrected: bool = False
    terms: TermQuery | None = None
    like: Like | None = None
    picture: bytes | None = None
    near: Near | None = None
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    scripts: frozenset[str] = frozenset()
    crowd: Crowd | None = None
    person: Person | None = None
    notes: dict[str, Mapping[int, Note]] = field(default_factory=dict)

    @property
    def is_front_page(self) -> bool:
        """True when nothing was asked for."""
        return not self.query and self.like is None and self.picture is None and not self.vectors


class Branch(Protocol):
    """One way of recalling items; one instance serves every search.

    `space` names the vectors it needs, None when it needs none. `floor` and
    `ceiling` are the ends of its scale as in `BranchList`. `depth` is None for the plan's own.
    """

    @property
    def space(self) -> str | None: ...

    @property
    def floor(self) -> float | None: ...

    @property
    def ceiling(self) -> float | None: ...

    depth: ClassVar[int | None]
    in_memory: ClassVar[bool]

    def why_not(self, collection: Collection, prepared: Prepared) -> str | None:
        """Return why it has nothing to do for this search, None when it has."""
        ...

    def recall(self, collection: Collection, prepared: Prepared, depth: int, mask: Mask | None) -> Matches:
        """Return at most `depth` matches that the mask allows, best first; runs on a pool's thread."""
        ...


class Sparing(Protocol):
    """What a branch is too that is not worth its while in every search: a request may still name it."""

    def spared(self, collection: Collection, prepared: Prepared) -> str | None:
        """Return why it is left out unless the request enables or weighs it, None when it is not."""
        ...


class Scorer(Protocol):
    """What a branch is too that can score what it did not recall: fusion then compares like with like."""

    def score(self, collection: Collection, prepared: Prepared, ordinals: Ordinals) -> BranchScores:
        """Return its scores of ordinals, (n,), as `recall` would give them; NaN where it has none.

        Called on the event loop, for a few hundred ordinals at most: it waits for nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class PlannedBranch:
    """One branch of a plan; one with `why` set is skipped for that reason."""

    name: str
    weight: float
    depth: int
    deadline_ms: float
    why: str | None = None


class Ranking(Protocol):
    """The ranker's stage of a search: which model orders a list, and how it does."""

    def choose(self, wanted: str | None, unit: str) -> PackageId | None:
        """Return the package for this request, None for the fused order. Raises InvalidInput."""
        ...

    async def rank(self, chosen: PackageId, asked: Asked, ranked: Ranked) -> Reranked:
        """Return the list in the model's order, or in the fused order with why."""
        ...


class Exposures(Protocol):
    """Takes note of answers as they were shown; never waits and never raises."""

    def note(self, answer: Answer) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as it was shown: the list it was cut from, and which of its places (from 0) were shown."""

    request_id: str
    pinned: Pinned
    items: tuple[str, ...]
    places: tuple[int, ...]
    took_ms: float
    arms: Mapping[str, str]
