"""Holds files and functions to a size that one reads at a sitting."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.sources import ROOMS, ROOT, functions, parse, sources

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50


def test_no_file_is_longer_than_a_sitting() -> None:
    """Every file, tests included, has at most 300 lines."""
    pages = [path.relative_to(ROOT) for kind in ("js", "css") for path in (ROOT / "app").rglob(f"*.{kind}")]
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in sources(*ROOMS, "tests") + pages}
    assert {str(path): n for path, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_every_function_fits_a_screen() -> None:
    """Every function outside the tests has at most 50 lines, docstring included."""
    long: dict[str, int] = {}
    for path in sources(*ROOMS):
        for function in functions(parse(path)):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                long[f"{path}:{function.name}"] = lines
    assert long == {}


def test_names_say_what_things_are() -> None:
    """No file is a bag: utils, helpers, common, manager and base are refused as names."""
    bags = {"utils", "helpers", "common", "manager", "base", "misc"}
    assert [
        str(p) for p in sources(*ROOMS, "tests") if Path(p).stem.rstrip("s") in bags or p.stem in bags
    ] == []
