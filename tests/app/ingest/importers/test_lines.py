"""Lines of JSON are read one by one, and a bad one harms nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ingest.importers.lines import count_lines, read_lines

if TYPE_CHECKING:
    from pathlib import Path


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "metadata.jsonl"
    path.write_bytes(content)
    return path


def test_numbers_and_objects(tmp_path: Path) -> None:
    """Blank lines are skipped and still counted in the numbers; the end needs no newline."""
    path = _file(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"b": "\xc3\xa9"}')
    assert [(line.number, line.fields) for line in read_lines(path)] == [(1, {"a": 1}), (4, {"b": "é"})]
    assert count_lines(path) == 2


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": 1, "a": 2}', "'a' stands there twice"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "not JSON"),
    ],
)
def test_bad_line(tmp_path: Path, bad: bytes, error: str) -> None:
    """A line that is no plain JSON object says why, and its neighbours are read."""
    before, line, after = read_lines(_file(tmp_path, b'{"n": 1}\n' + bad + b'\n{"n": 3}\n'))
    assert (before.fields, after.fields) == ({"n": 1}, {"n": 3})
    assert line.number == 2
    assert line.fields is None
    assert error in (line.error or "")


@pytest.mark.parametrize("length", [19, 20, 21, 40, 41, 60, 200])
def test_long_line(tmp_path: Path, length: int) -> None:
    """A line over the limit is refused whole, whatever its length is to the limit."""
    long = b'"' + b"x" * (length - 2) + b'"'
    path = _file(tmp_path, b"{}\n" + long + b'\n{"n": 3}\n')
    first, line, last = read_lines(path, max_bytes=20)
    assert (first.fields, last.number, last.fields) == ({}, 3, {"n": 3})
    expected = "longer than 20 bytes" if length > 20 else "not a JSON object"
    assert expected in (line.error or "")


def test_long_last_line(tmp_path: Path) -> None:
    """A last line over the limit ends the file."""
    (line,) = read_lines(_file(tmp_path, b"x" * 50), max_bytes=20)
    assert line.error == "the line is longer than 20 bytes"
