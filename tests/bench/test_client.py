"""Tests the client that loads the server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.client import Answer, BadAnswer, encode, take_answer

WIRE = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
NEXT = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


@given(st.integers(0, len(WIRE) - 1))
def test_an_answer_is_taken_when_it_is_whole(cut: int) -> None:
    """A part of an answer is left where it is; the rest makes it whole."""
    buffer = bytearray(WIRE[:cut])
    assert take_answer(buffer) is None
    assert buffer == WIRE[:cut]
    buffer += WIRE[cut:]
    assert take_answer(buffer) == Answer(200, b"hello")
    assert buffer == b""


def test_what_follows_an_answer_stays() -> None:
    """Two answers in one piece are taken one after the other."""
    buffer = bytearray(WIRE + NEXT)
    assert [take_answer(buffer), take_answer(buffer)] == [Answer(200, b"hello"), Answer(404, b"")]


def test_an_answer_without_a_length_is_refused() -> None:
    """A chunked answer is not read as an empty one."""
    with pytest.raises(BadAnswer, match="chunked"):
        take_answer(bytearray(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"))


def test_a_request_names_its_length() -> None:
    """The bytes on the wire are a whole HTTP/1.1 request."""
    assert encode("POST", "/x", {"a": "é"}) == (
        b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 15\r\n"
        b'Content-Type: application/json\r\n\r\n{"a": "\\u00e9"}'
    )
