"""Finds the project's source files and reads from them what the architecture tests compare."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "models", "indexes")


def sources(*rooms: str) -> list[Path]:
    """Return every Python file of the rooms, in name order, relative to the repository."""
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found if "__pycache__" not in path.parts)


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file given relative to the repository."""
    return ast.parse((ROOT / path).read_text())


def first_sentence(path: Path) -> str:
    """Return the first line of a file's docstring, empty when it has none."""
    return (ast.get_docstring(parse(path)) or "").partition("\n")[0]


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function and method of a file, nested ones too."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
