"""Tests that an event survives its way through the log."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import Event

WORDS = st.none() | st.text(max_size=8)


@given(
    st.builds(
        Event,
        id=st.text(min_size=1, max_size=8),
        type=st.text(min_size=1, max_size=8),
        at=st.floats(allow_nan=False, allow_infinity=False),
        user=WORDS,
        device=WORDS,
        session=WORDS,
        item=WORDS,
        query=WORDS,
        request_id=WORDS,
        position=st.none() | st.integers(1, 200),
        value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_a_body_is_json_and_reads_back_the_same(event: Event) -> None:
    """Writing an event as JSON and reading it again changes nothing, and empty fields take no room."""
    body = event.to_body()
    assert None not in body.values()
    assert Event.from_body(json.loads(json.dumps(body))) == event
