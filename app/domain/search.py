"""Holds a search: what was asked, what each branch gave, and the ranked hits with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.rankers import RankerReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.items import Item, Location
    from indexes.forward.filters import Filter

DEFAULT_LIMIT = 20
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class BranchOptions:
    """What a caller asks of one branch; None leaves the plan's own choice."""

    enabled: bool | None = None
    weight: float | None = None
    deadline_ms: float | None = None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search as asked. `image` is a picture's bytes, `like` an item id, `near` where the caller is.

    `vectors` are queries by vector field. With `radius_km` every hit lies within it of `near`.
    `fusion` is a name of the `fusions` registry, None the service's default; `min_score` cuts hits
    whose fused score is below it. `diversify` from 0 to 1 trades
    score for difference from what stands before; of a category at most `max_per_category` hits stay.
    `cursor` continues a list: then everything else must be left out.
    `ranker` names a trained ranker, `name` or `name@version`, or `none` for the fused order; None leaves
    it to what is deployed. `device_kind` is phone, desktop or the caller's own word.
    """

    query: str = ""
    image: bytes | None = None
    like: str | None = None
    user: str | None = None
    session: str | None = None
    device: str | None = None
    vectors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    near: Location | None = None
    radius_km: float | None = None
    filter: Filter | None = None
    facets: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    branches: Mapping[str, BranchOptions] = field(default_factory=dict)
    fusion: str | None = None
    min_score: float | None = None
    explain: bool = False
    diversify: float = 0.0
    max_per_category: int | None = None
    ranker: str | None = None
    device_kind: str | None = None
    generate: str = "never"


class BranchHit(NamedTuple):
    """Where one branch put a hit: rank from 1, and the branch's own score (its unit is the branch's)."""

    rank: int
    score: float


class Reason(NamedTuple):
    """Why a hit is here, drawn from the numbers that put it here: a stable code and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A node of the score: the leaves' contributions sum to the hit's score."""

    name: str
    contribution: float
    value: float | str | None = None
    children: tuple[Explanation, ...] = ()

    def to_body(self) -> dict[str, Any]:
        """Return the tree as JSON values."""
        body: dict[str, Any] = {"name": self.name, "contribution": self.contribution}
        if self.value is not None:
            body["value"] = self.value
        if self.children:
            body["children"] = [child.to_body() for child in self.children]
        return body


class Hit(NamedTuple):
    """One ranked answer."""

    item: Item
    score: float
    branches: Mapping[str, BranchHit]
    reasons: tuple[Reason, ...]
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class BranchReport:
    """How one branch fared: status is ok, late, failed or skipped; `why` says more for the last two."""

    name: str
    status: str
    num_hits: int
    took_ms: float
    why: str | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many of the matching items have this value."""

    value: str | float | bool
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer. `total` counts the recalled items that pass the filter: what paging can reach.

    Facet counts are over those same items. `stages` are (name, milliseconds) for `Server-Timing`.
    `generate` is what the request, or the experiment it is in, wishes for beside what was found.
    """

    request_id: str
    hits: tuple[Hit, ...]
    branches: tuple[BranchReport, ...]
    total: int
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    corrected_query: str | None = None
    next_cursor: str | None = None
    experiments: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[tuple[str, float], ...] = ()
    ranker: RankerReport = field(default_factory=RankerReport)
    generate: str = "never"
