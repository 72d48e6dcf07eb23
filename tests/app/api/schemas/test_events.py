"""Tests that events are read from the wire with an id and a time of their own where none is given."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from app.api.schemas.events import EventBody, Events, read_events, to_row
from app.domain.log import Kind


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
            assert read == alone.model_dump(exclude_unset=True)


LIMITS = [
    b'{"type": ""}',
    b'{"id": "x"}',
    b'{"type": "a", "position": 0}',
    b'{"type": "a", "position": "3"}',
    b'{"type": "a", "position": 100000000000000000000000000000000}',
    b'{"type": "a", "x": 0}',
    b'{"type": "a", "value": NaN}',
    b'{"type": "a", "value": "Infinity"}',
    b'{"type": "a", "value": 3}',
    b'{"type": "a", "at": "2024-05-01T12:00:00"}',
    b'{"type": "a", "at": "2024-05-01T12:00:00Z", "user": null}',
    b'{"type": "a", "query": "' + b"x" * 1_001 + b'"}',
    b'{"type": "a", "item": "' + b"x" * 1_001 + b'"}',
    b'{"type": "a", "type": ""}',
    b'{"type": "\\ud800"}',
]


@pytest.mark.parametrize("line", LIMITS)
def test_a_batch_has_the_limits_of_a_single_event(line: bytes) -> None:
    """What the whole batch's reader takes of a line is what the model takes of it, neither more nor less."""
    try:
        alone = EventBody.model_validate_json(line).model_dump(exclude_unset=True)
    except ValidationError:
        with pytest.raises(ValidationError):
            Events.validate_json(b"[" + line + b"]")
    else:
        assert Events.validate_json(b"[" + line + b"]") == [alone]


@pytest.mark.parametrize("more", [{}, {"at": "2024-05-01T12:00:00Z", "value": 1e22}, {"user": 'é"\n\u2028'}])
def test_the_row_of_a_line_is_the_events(more: dict[str, object]) -> None:
    """What a batch keeps of an event is what the event's own record keeps, as a dictionary and as text."""
    told = {"id": "e", "type": "like", "session": None, **more}
    (read,) = read_events([json.dumps(told).encode()])
    assert isinstance(read, dict)
    row = to_row(read, lambda: 7.0)
    body = EventBody.model_validate_json(json.dumps(told)).to_event(lambda: 7.0).to_body()
    assert (row.kind, row.key, row.body) == (Kind.EVENT, "e", body)
    assert row.text is not None
    assert json.loads(row.text) == body
    assert " " not in row.text


def test_a_row_without_an_id_gets_one() -> None:
    """Two lines without ids are two events."""
    first, second = (to_row({"type": "click", "id": None}, lambda: 7.0) for _ in range(2))
    assert first.key == first.body["id"] != second.key
