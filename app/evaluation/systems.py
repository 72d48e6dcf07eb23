"""Lists the ways in which a service can answer the same query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.client.http import Client

DEFAULT = "default"
PATIENT_MS = 10_000  # for each branch: relevance is measured, and not how busy the machine is


@dataclass(frozen=True, slots=True)
class System:
    """One way to answer: its name, and what a search says beside the query."""

    name: str
    body: Mapping[str, Any] = field(default_factory=dict)


def systems(client: Client, rankers: Sequence[str] = ()) -> list[System]:
    """Return the service's own way, each branch alone, each fusion of them all, and the rankers named.

    All but the first and the rankers leave the fused order alone.
    """
    names = client.ask("GET", "/v1/capabilities")
    every = patient([one["name"] for one in names["branches"]])
    alone = {
        one: {other: {**options, "enabled": other == one} for other, options in every.items()}
        for one in every
    }
    fusions = [one["name"] for one in names["fusions"]]
    return [
        System(DEFAULT, {"branches": every}),
        *(System(f"branch {one}", {"branches": only, "ranker": "none"}) for one, only in alone.items()),
        *(System(f"fusion {one}", {"branches": every, "fusion": one, "ranker": "none"}) for one in fusions),
        *(System(f"ranker {one}", {"branches": every, "ranker": one}) for one in rankers),
    ]


def patient(branches: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what a search says of its branches so that none is left behind on a busy machine."""
    return {name: {"deadline_ms": PATIENT_MS} for name in branches}
