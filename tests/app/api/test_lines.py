"""Tests that lines of JSON are read whole however they arrive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.lines import CHUNK_LINES, Chunk, read_lines
from app.domain.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Arriving:
    """A request whose body comes in these pieces."""

    pieces: list[bytes]

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def read(pieces: list[bytes], max_line_bytes: int = 1_000) -> list[Chunk]:
    """Return every chunk of a body that arrives in pieces."""

    async def collect() -> list[Chunk]:
        return [c async for c in read_lines(cast("Request", Arriving(pieces)), max_line_bytes)]

    return asyncio.run(collect())


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))
def test_cuts_between_pieces_change_nothing(body: bytes, cuts: list[int]) -> None:
    """However a body is cut on its way, its lines that are not blank come with their numbers."""
    edges = [0, *sorted(cut for cut in cuts if cut <= len(body)), len(body)]
    pieces = [body[a:b] for a, b in pairwise(edges)]
    lines = [(line.number, line.content) for chunk in read(pieces) for line in chunk.lines]
    assert lines == [(n, c) for n, c in enumerate(body.split(b"\n"), 1) if c.strip()]


def test_chunks_are_bounded_and_numbered() -> None:
    """A long body comes in chunks of at most 500 lines, numbered from 0."""
    chunks = read([b"{}\n" * (2 * CHUNK_LINES + 1)])
    assert [(c.number, len(c.lines)) for c in chunks] == [(0, 500), (1, 500), (2, 1)]


def test_an_endless_line_is_refused_while_it_arrives() -> None:
    """A line over the limit is refused before it is whole."""
    with pytest.raises(TooLarge):
        read([b"x" * 60, b"x" * 60], max_line_bytes=100)
