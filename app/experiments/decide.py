"""Decides what the running experiments make of one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.experiments.overrides import apply_override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.search import SearchRequest
    from app.experiments.assign import Assignment

INTERLEAVED = "interleaved"  # the arm of an answer that both arms drafted


@dataclass(frozen=True, slots=True)
class Decision:
    """The request as the arms want it answered, and the arms by experiment.

    With `rival` the list is drafted from two: that of `request` and that of `rival`, with coins of `salt`.
    """

    request: SearchRequest
    arms: Mapping[str, str] = field(default_factory=dict)
    rival: SearchRequest | None = None
    salt: str = ""


def decide(assignment: Assignment, request: SearchRequest, request_id: str) -> Decision:
    """Return the request after every layer's arm; `request_id` is the unit of experiments on requests."""
    if not assignment.layers:
        return Decision(request)
    units = {
        "user": request.user,
        "session": request.session,
        "device": request.device,
        "request": request_id,
    }
    arms: dict[str, str] = {}
    pair = None
    for found in assignment.find(units.get):
        if found.arm is None:
            pair = found.experiment
            arms[pair.name] = INTERLEAVED
        else:
            arms[found.experiment.name] = found.arm.name
            request = apply_override(request, found.arm.override)
    if pair is None:
        return Decision(request, arms)
    first, second = (apply_override(request, arm.override) for arm in pair.arms)
    return Decision(first, arms, second, pair.salt)
