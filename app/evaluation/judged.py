"""Reads a test collection: a folder of gzipped documents, queries and judgements (see FILES)."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FILES = ("docs.jsonl.gz", "queries.jsonl.gz", "qrels.tsv.gz")


@dataclass(frozen=True, slots=True)
class Judged:
    """A test collection: documents as items, queries by id, and grades by query and document."""

    name: str
    items: Sequence[Mapping[str, Any]]
    queries: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]

    @classmethod
    def read(cls, folder: Path) -> Judged:
        """Read the folder. Raises InvalidInput naming the file that is missing or is no such file."""
        for name in FILES:
            if not (folder / name).is_file():
                raise InvalidInput("folder", f"{folder} holds no {name}")
        try:
            return cls._read(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidInput("folder", f"{folder} holds no test collection: {error!r}") from error

    @classmethod
    def _read(cls, folder: Path) -> Judged:
        grades: dict[str, dict[str, int]] = {}
        for line in _lines(folder / "qrels.tsv.gz"):
            query, _, document, grade = line.split("\t")
            grades.setdefault(query, {})[document] = int(grade)
        return cls(
            folder.name,
            [_item(json.loads(line)) for line in _lines(folder / "docs.jsonl.gz")],
            {body["id"]: body["text"] for body in map(json.loads, _lines(folder / "queries.jsonl.gz"))},
            grades,
        )


def folders(data: Path) -> list[Path]:
    """Return the sub-folders of `data` that hold a test collection, by name."""
    return sorted(path for path in data.glob("*/") if all((path / name).is_file() for name in FILES))


def _item(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("id", "title", "text") if document.get(name)}


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield line.rstrip("\n")
