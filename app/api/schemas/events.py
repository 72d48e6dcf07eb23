"""Shapes an event on the wire (names of User Behavior Insights 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from app.api.schemas.wire import ItemName, Name, ShortText, Wire
from app.domain.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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


    def to_body(self, now: Callable[[], float]) -> dict[str, Any]:
        """Return the event as the log keeps it, without a record in between: batches are large."""
        body = {name: value for name, value in self.__dict__.items() if value is not None}
        if "id" not in body:
            body["id"] = uuid4().hex
        body["at"] = now() if self.at is None else self.at.timestamp()
        return body


Events = TypeAdapter(list[EventBody])


def read_events(lines: Sequence[bytes]) -> list[EventBody | ValidationError]:
    """Return for each line its event, or what is wrong with it; a batch of good lines is read at once."""
    whole = [line.strip() for line in lines]
    # A string cannot go on over a line's end, and an event holds neither list nor object: what is as
    # many events together as there are lines is one event a line.
    if all(line.startswith(b"{") and line.endswith(b"}") for line in whole):
        try:
            events = Events.validate_json(b"[" + b",\n".join(whole) + b"]")
        except ValidationError:
            events = []
        if len(events) == len(lines):
            return [*events]
    return [_read(line) for line in lines]


def _read(line: bytes) -> EventBody | ValidationError:
    try:
        return EventBody.model_validate_json(line)
    except ValidationError as error:
        return error


class DeviceBody(Wire):
    """Whose device it is."""

    user: Name
