"""Holds the search engines to one file each, so that either can be exchanged."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import ROOMS, parse, sources


@pytest.mark.parametrize(
    ("engine", "file"),
    [("hnswlib", "indexes/dense/hnsw.py"), ("tantivy", "indexes/text/inverted.py")],
)
def test_an_engine_is_imported_in_one_file(engine: str, file: str) -> None:
    """Only the file that wraps an engine knows it."""
    importing = set()
    for path in sources(*ROOMS):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            if any(name.partition(".")[0] == engine for name in names):
                importing.add(str(path))
    assert importing == {file}
