"""Tests that events are read from the wire with an id and a time of their own where none is given."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.api.schemas.events import EventBody, read_events


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


GOOD = b'{"type": "click", "item": "x"}'


@pytest.mark.parametrize(
    "lines",
    [
        [GOOD, GOOD],
        [GOOD, b"no JSON", GOOD],
        [GOOD + b"," + GOOD, b"", GOOD],
        [b'{"type": "click"', b'"item": "x"}', GOOD],
        [b'{"type": "a}', b'{", "item": "x"}', GOOD + b"," + GOOD],
        [b" " + GOOD + b"\r", GOOD],
        [b"[" + GOOD + b"]", GOOD],
    ],
)
def test_a_batch_is_read_as_its_lines_are_one_by_one(lines: list[bytes]) -> None:
    """Reading many lines at once accepts and refuses exactly those lines that reading each alone does."""
    for line, read in zip(lines, read_events(lines), strict=True):
        try:
            alone = EventBody.model_validate_json(line)
        except ValidationError:
            assert isinstance(read, ValidationError), line
        else:
            assert read == alone


def test_the_body_of_a_line_is_the_events() -> None:
    """What a batch keeps of an event is what the event's own record keeps."""
    body = EventBody.model_validate({"id": "e", "type": "like", "at": "2024-05-01T12:00:00Z", "value": 1.5})
    assert body.to_body(lambda: 7.0) == body.to_event(lambda: 7.0).to_body()
    assert EventBody(type="click").to_body(lambda: 7.0)["at"] == 7.0
