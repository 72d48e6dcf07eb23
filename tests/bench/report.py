"""Shapes what a bench found as Markdown, and keeps the newest of each in BENCHMARKS.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.machine import Machine

HEAD = """# Benchmarks

Each section was written by the command that stands in it, on the machine and at the commit that it names;
`python -m tests.bench --write NAME…` measures again and writes it anew. A figure is the median of the
rounds with the lowest and the highest beside it, unless its column says otherwise. Compare figures within
a section only: they were taken in one run, turn and turn about.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; every cell is text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


@dataclass(frozen=True, slots=True)
class Report:
    """What one bench found: what was done, in words, and its tables."""

    name: str
    title: str
    words: str
    tables: Sequence[Table]

    def section(self, machine: Machine, command: str) -> str:
        """Return the section of BENCHMARKS.md, between its marks."""
        tables = "\n\n".join(str(table) for table in self.tables)
        return (
            f"{mark(self.name, 'begin')}\n## {self.title}\n\n{self.words}\n\n"
            f"`{command}` · {machine}\n\n{tables}\n{mark(self.name, 'end')}"
        )


def mark(name: str, which: str) -> str:
    """Return the comment that begins or ends a section."""
    return f"<!-- bench {name}: {which} -->"


def replace(document: str, name: str, section: str) -> str:
    """Return the document with this section in its place, at the end when it is new."""
    document = document or HEAD
    begin, end = mark(name, "begin"), mark(name, "end")
    if begin not in document or end not in document:
        return f"{document.rstrip()}\n\n{section}\n"
    before, _, rest = document.partition(begin)
    return before + section + rest.partition(end)[2]
