"""Shapes decisions about rankers and past answers on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from app.api.schemas.items import rfc3339
from app.api.schemas.wire import Wire

if TYPE_CHECKING:
    from app.domain.exposures import Exposure
    from app.domain.rankers import RankerReport

Version = Field(None, ge=1, description="Version of the package; the newest when left out.")


class DeployBody(Wire):
    """Which version shall decide."""

    version: int | None = Version


class ShadowBody(Wire):
    """Which version shall watch: its scores are kept and change nothing."""

    version: int | None = Version
    enabled: bool = Field(True, description="False ends it.")


class CanaryBody(Wire):
    """Which version shall decide for some of the users."""

    version: int | None = Version
    percent: float = Field(ge=0, le=100, description="Share of the users; 0 ends it.")


class RollbackBody(Wire):
    """Which version shall be taken back, if it is the one that decides."""

    version: int | None = Field(None, ge=1, description="Refused when another one is live by now.")


def ranker_json(report: RankerReport) -> dict[str, Any]:
    """Return which ranker ordered an answer, as it is sent."""
    body: dict[str, Any] = {"name": report.name, "version": report.version, "status": report.status}
    return body if report.why is None else body | {"why": report.why}


def exposure_json(exposure: Exposure, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Return a past answer with its numbers; who asked is not told again.

    `names` are those of its features, None where this build has another feature list.
    """
    return {
        "request_id": exposure.request_id,
        "at": rfc3339(exposure.at),
        "query": exposure.query,
        "corrected": exposure.corrected,
        "total": exposure.total,
        "took_ms": round(exposure.took_ms, 3),
        "fusion": exposure.fusion,
        "ranker": None if exposure.ranker is None else ranker_json(exposure.ranker),
        "experiments": dict(exposure.arms),
        "feature_version": exposure.feature_version,
        "hits": [_hit(exposure, row, names) for row in range(len(exposure.items))],
    }


def _hit(exposure: Exposure, row: int, names: tuple[str, ...] | None) -> dict[str, Any]:
    rows = enumerate(exposure.branches)
    body: dict[str, Any] = {
        "id": exposure.items[row],
        "position": exposure.offset + row + 1,
        "score": float(exposure.scores[row]),
        "fused_score": float(exposure.fused[row]),
        "branches": {
            name: {
                "rank": int(exposure.ranks[place, row]),
                "score": float(exposure.branch_scores[place, row]),
                "contribution": float(exposure.contributions[place, row]),
            }
            for place, name in rows
            if exposure.ranks[place, row] > 0
        },
        "shadows": {name: float(scores[row]) for name, scores in exposure.shadows.items()},
    }
    if names is not None:
        body["features"] = dict(zip(names, exposure.features[row].tolist(), strict=True))
    return body
