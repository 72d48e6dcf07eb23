"""Holds an event: something a person did with an item or a query (names of User Behavior Insights)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Event:
    """One action; `id` makes it idempotent, `at` is seconds since the epoch, UTC."""

    id: str
    type: str
    at: float
    user: str | None = None
    device: str | None = None
    session: str | None = None
    item: str | None = None
    query: str | None = None
    request_id: str | None = None
    position: int | None = None
    value: float | None = None

    def to_body(self) -> dict[str, Any]:
        """Return the event as JSON values without its empty fields."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Event:
        """Read what `to_body` wrote."""
        return cls(**body)
