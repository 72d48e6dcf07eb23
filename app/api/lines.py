"""Reads a body of JSON lines as it arrives, in chunks of whole lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.domain.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

CHUNK_LINES = 500
CHUNK_BYTES = 8 * 1024 * 1024


class Line(NamedTuple):
    """One line that is not blank, numbered from 1 as in the body."""

    number: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive lines of a body; `content` is their bytes, for digests."""

    number: int
    lines: tuple[Line, ...]

    @property
    def content(self) -> bytes:
        """The lines' bytes, one line each."""
        return b"\n".join(line.content for line in self.lines)


async def read_lines(
    request: Request, max_line_bytes: int, chunk_lines: int = CHUNK_LINES
) -> AsyncIterator[Chunk]:
    """Yield the body's lines in chunks of bounded size. Raises TooLarge for an endless line."""
    number, chunk_number, size = 0, 0, 0
    lines: list[Line] = []
    async for contents in _split(request, max_line_bytes):
        for content in contents:
            number += 1
            if not content or content.isspace():
                continue
            lines.append(Line(number, content))
            size += len(content)
            if len(lines) >= chunk_lines or size >= CHUNK_BYTES:
                yield Chunk(chunk_number, tuple(lines))
                lines, size, chunk_number = [], 0, chunk_number + 1
    if lines:
        yield Chunk(chunk_number, tuple(lines))


async def _split(request: Request, max_line_bytes: int) -> AsyncIterator[list[bytes]]:
    """Yield the lines that each piece of the body ends, the last line at the end."""
    rest = bytearray()
    async for piece in request.stream():
        first, *others = piece.split(b"\n")
        rest += first
        if others:
            yield [bytes(rest), *others[:-1]]
            rest = bytearray(others[-1])
        if len(rest) > max_line_bytes:
            field = "line"
            raise TooLarge(field, max_line_bytes)
    if rest:
        yield [bytes(rest)]
