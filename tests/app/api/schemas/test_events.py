"""Tests that events are read from the wire with an id and a time of their own where none is given."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.api.schemas.events import EventBody


def test_an_event_without_id_or_time_gets_both() -> None:
    """Two such events are two events, both of now."""
    first, second = (EventBody(type="click").to_event(lambda: 7.0) for _ in range(2))
    assert first.id != second.id
    assert first.at == second.at == 7.0


def test_what_is_given_is_kept() -> None:
    """A late event keeps its own time; every field arrives."""
    event = EventBody.model_validate(
        {"id": "e", "type": "click", "at": "2024-05-01T12:00:00Z", "user": "u", "position": 3, "value": 1.5}
    ).to_event(lambda: 7.0)
    assert (event.id, event.at, event.user, event.position, event.value) == ("e", 1714564800.0, "u", 3, 1.5)


@pytest.mark.parametrize("wrong", [{"position": 0}, {"typ": "x"}, {"user": ""}, {"at": "now"}])
def test_a_wrong_field_is_refused(wrong: dict[str, object]) -> None:
    """Positions count from 1, names are not empty, nothing unknown passes."""
    with pytest.raises(ValidationError):
        EventBody.model_validate({"type": "click", **wrong})
