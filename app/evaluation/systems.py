"""Lists the ways in which a service can answer the same query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.client.http import Client

DEFAULT = "default"


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
    branches = [one["name"] for one in names["branches"]]
    alone = {one: {other: {"enabled": other == one} for other in branches} for one in branches}
    fusions = [one["name"] for one in names["fusions"]]
    return [
        System(DEFAULT),
        *(System(f"branch {one}", {"branches": only, "ranker": "none"}) for one, only in alone.items()),
        *(System(f"fusion {one}", {"fusion": one, "ranker": "none"}) for one in fusions),
        *(System(f"ranker {one}", {"ranker": one}) for one in rankers),
    ]
