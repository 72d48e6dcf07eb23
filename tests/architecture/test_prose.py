"""Holds every file, and every test, to saying its job in one sentence."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOMS, ROOT, first_sentence, functions, parse, sources

MACHINE_PATHS = re.compile(r"/(?:work|farm|tmp/bash_jobs)/")
TEXTS = ("*.py", "*.md", "*.toml", "*.js", "*.css", "*.html", "*.yaml", "*.yml", "Makefile", "Dockerfile")


def test_the_first_line_of_every_file_is_its_job() -> None:
    """A file begins with one sentence; only packages of tests may be empty."""
    silent = [
        str(path)
        for path in sources(*ROOMS, "tests")
        if not first_sentence(path).endswith((".", "?", "!"))
        and not (path.name == "__init__.py" and path.parts[0] == "tests")
    ]
    assert silent == []


def test_every_test_states_a_behaviour() -> None:
    """A test function has a docstring that is a sentence."""
    silent = [
        f"{path}:{function.name}"
        for path in sources("tests")
        for function in functions(parse(path))
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").strip()
    ]
    assert silent == []


def test_no_path_of_a_building_machine_is_in_the_tree() -> None:
    """Nothing that is kept names a folder of the machine it was written on."""
    rooms = [ROOT / room for room in (*ROOMS, "tests", "docker")]
    files = [path for room in rooms for pattern in TEXTS for path in room.rglob(pattern)]
    files += [path for pattern in TEXTS for path in ROOT.glob(pattern)]
    found = [str(path.relative_to(ROOT)) for path in files if MACHINE_PATHS.search(path.read_text())]
    assert [path for path in found if path != "tests/architecture/test_prose.py"] == []
