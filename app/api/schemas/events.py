"""Shapes an event on the wire (names of User Behavior Insights 1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NotRequired, Required, get_type_hints
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import TypedDict

from app.api.schemas.wire import ItemName, Name, ShortText, Wire
from app.domain.events import Event
from app.domain.log import Kind, NewRow

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


def _dictionaries(model: type[BaseModel]) -> Any:
    """Return the type of a list of dictionaries that hold what this model's JSON does."""
    make: Any = TypedDict
    hints = get_type_hints(model, include_extras=True)
    fields = {
        name: (Required if field.is_required() else NotRequired)[
            # The limits without the default: what was not named stays out.
            Annotated[(hints[name], *field.metadata)] if field.metadata else hints[name]
        ]
        for name, field in model.model_fields.items()
    }
    made = make("EventFields", fields)
    made.__pydantic_config__ = model.model_config
    listed: Any = list  # the type is made while running, where no checker can follow
    return listed[made]


# Dictionaries instead of models: in batches, making objects is most of the work.
Events: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(_dictionaries(EventBody))


def to_row(body: dict[str, Any], now: Callable[[], float]) -> NewRow:
    """Return an event's fields as the row that the log keeps of it."""
    if None in body.values():
        body = {name: value for name, value in body.items() if value is not None}
    at = body.get("at")
    body["at"] = now() if at is None else at.timestamp()
    if "id" not in body:
        body["id"] = uuid4().hex
    return NewRow(Kind.EVENT, body["id"], body, text=to_json(body).decode())


def read_events(lines: Sequence[bytes]) -> list[dict[str, Any] | ValidationError]:
    """Return for each line its event's fields, or what is wrong with it; good lines are read at once."""
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


def _read(line: bytes) -> dict[str, Any] | ValidationError:
    try:
        return EventBody.model_validate_json(line).model_dump(exclude_unset=True)
    except ValidationError as error:
        return error


class DeviceBody(Wire):
    """Whose device it is."""

    user: Name
