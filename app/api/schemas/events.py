"""Shapes an event on the wire (names of User Behavior Insights 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from pydantic import AwareDatetime, Field

from app.api.schemas.wire import ItemName, Name, ShortText, Wire
from app.domain.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable


class EventBody(Wire):
    """One action of a person; `id` makes sending it again harmless."""

    id: Name | None = Field(None, description="Idempotency: the same id is recorded once.")
    type: Name = Field(description="impression, click, like, purchase, hide, or the caller's own word.")
    user: Name | None = None
    device: Name | None = None
    session: Name | None = None
    item: ItemName | None = None
    query: ShortText | None = None
    request_id: Name | None = None
    position: int | None = Field(None, ge=1)
    value: float | None = Field(None, allow_inf_nan=False)
    at: AwareDatetime | None = Field(None, description="When it happened; now when left out.")

    def to_event(self, now: Callable[[], float]) -> Event:
        """Return the use case's own record."""
        return Event(
            id=self.id or uuid4().hex,
            type=self.type,
            at=now() if self.at is None else self.at.timestamp(),
            user=self.user,
            device=self.device,
            session=self.session,
            item=self.item,
            query=self.query,
            request_id=self.request_id,
            position=self.position,
            value=self.value,
        )


class DeviceBody(Wire):
    """Whose device it is."""

    user: Name
