"""Tests reading a judged collection."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InvalidInput
from app.evaluation.judged import Judged, folders

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, text: str) -> None:
    """Write a gzipped file."""
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with one judged collection and one folder that is none."""
    documents = [{"id": "d1", "text": "光荣", "title": "战国"}, {"id": "d2", "text": "b", "more": 1}]
    write(tmp_path / "small", "docs.jsonl.gz", "\n".join(map(json.dumps, documents)) + "\n\n")
    write(tmp_path / "small", "queries.jsonl.gz", json.dumps({"id": "q1", "text": "谁", "answers": []}))
    write(tmp_path / "small", "qrels.tsv.gz", "q1\t0\td1\t2\nq1\t0\td2\t0\n")
    write(tmp_path / "other", "train.txt.gz", "1 2 3")
    return tmp_path


def test_a_collection_is_documents_queries_and_grades(data: Path) -> None:
    """Documents keep id, title and text; grades are by query and document."""
    judged = Judged.read(data / "small")
    assert judged.name == "small"
    assert judged.items == [{"id": "d1", "title": "战国", "text": "光荣"}, {"id": "d2", "text": "b"}]
    assert judged.queries == {"q1": "谁"}
    assert judged.grades == {"q1": {"d1": 2, "d2": 0}}


def test_folders_without_all_files_are_passed_over(data: Path) -> None:
    """Only what can be judged is found; a folder that is not there holds nothing."""
    assert folders(data) == [data / "small"]
    assert folders(data / "nowhere") == []


def test_what_is_no_collection_is_refused(data: Path) -> None:
    """A missing file is named; so is a folder whose files say something else."""
    with pytest.raises(InvalidInput, match=r"holds no docs\.jsonl\.gz"):
        Judged.read(data / "other")
    write(data / "small", "qrels.tsv.gz", "only one column\n")
    with pytest.raises(InvalidInput, match="holds no test collection"):
        Judged.read(data / "small")
