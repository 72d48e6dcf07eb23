"""Shapes a person's profile on the wire, in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from app.api.schemas.wire import Name, Wire

if TYPE_CHECKING:
    from app.search.users import Known

Strength = Annotated[float, Field(ge=-1, le=1, description="From -1, never, to 1, always.")]
Strengths = Annotated[dict[Name, Strength], Field(max_length=200)]


class ProfileBody(Wire):
    """What a person says of their own taste; it stands instead of what their acts show."""

    tags: Strengths = Field(default={})
    category: Strengths = Field(default={})
    attributes: dict[Name, Strengths] = Field(default={}, max_length=50)

    def to_body(self) -> dict[str, Any]:
        """Return the words as the log keeps them; without any the person has said nothing."""
        return {name: value for name, value in self.model_dump().items() if value}


def profile_json(known: Known) -> dict[str, Any]:
    """Return what is known of a user as it is sent."""
    return {
        "user": known.user,
        "devices": list(known.devices),
        "events": known.num_acts,
        "affinities": [
            {
                "field": one.field,
                "value": one.value,
                "strength": round(one.strength, 4),
                "items": one.num_with,
                "of": one.num_items,
                "said": one.said,
            }
            for one in known.affinities
        ],
        "taste": known.has_taste,
        "recent": [
            {"item": item, "type": kind, "at": datetime.fromtimestamp(at, UTC).isoformat()}
            for item, kind, at in known.recent
        ],
        "never_shown": list(known.barred),
        "said": dict(known.said),
    }
