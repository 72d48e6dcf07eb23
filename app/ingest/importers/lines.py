"""Reads a file of JSON lines one by one: numbered, bounded, and never stopped by a bad one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES = 4 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, numbered from 1: its object, or the error that stands in its place."""

    number: int
    fields: dict[str, Any] | None
    error: str | None = None


def count_lines(path: Path) -> int:
    """Return how many lines `read_lines` will yield, in bounded memory."""
    with path.open("rb") as file:
        return sum(1 for _ in _numbered(file, MAX_LINE_BYTES))


def read_lines(path: Path, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield every line that is not blank; one longer than `max_bytes` is an error, and is skipped."""
    with path.open("rb") as file:
        for number, raw in _numbered(file, max_bytes):
            if raw is None:
                yield Line(number, None, f"the line is longer than {max_bytes} bytes")
            else:
                yield _parse(number, raw)


def _numbered(file: IO[bytes], max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number, content) of lines that are not blank; None for the content of one too long."""
    number = 0
    while raw := file.readline(max_bytes + 1):
        number += 1
        if len(raw) > max_bytes and not raw.endswith(b"\n"):
            while (rest := file.readline(max_bytes)) and not rest.endswith(b"\n"):
                pass
            yield number, None
            continue
        if content := (raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw).strip():
            yield number, content


def _parse(number: int, raw: bytes) -> Line:
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse_constant
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    except UnicodeError:
        return Line(number, None, "the line is not UTF-8 text")
    except RecursionError:
        return Line(number, None, "the line is nested too deeply")
    except ValueError as error:
        return Line(number, None, f"the line is not JSON: {error}")
    if not isinstance(value, dict):
        return Line(number, None, "the line is not a JSON object")
    return Line(number, value)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {repeated!r} stands there twice")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
