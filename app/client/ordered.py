"""Makes sure that an answer is in the order of the ranker that was asked for, before it is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.errors import Unavailable
from app.domain.rankers import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_ordered(body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raise Unavailable when the ranker that a search names was late or failed."""
    report = answer.get("ranker", {})
    named = body.get("ranker", NONE)
    if named != NONE and answer["hits"] and report.get("status", "ok") != "ok":
        raise Unavailable(
            f"the ranker {named} was {report['status']}: {report.get('why', 'it says no more')}"
        )
