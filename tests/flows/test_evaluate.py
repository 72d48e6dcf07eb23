"""Relevance measured through the public API of a running service."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.flows.service import run_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.flows.service import Service

ANIMALS = ("horse", "zebra", "camel", "tiger", "whale", "otter")


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A judged collection in which each animal is asked for, and two documents tell of it."""
    folder = tmp_path / "animals"
    folder.mkdir()
    documents = [
        {"id": f"{animal}-{number}", "title": animal, "text": f"a {animal} of kind {number}"}
        for animal in ANIMALS
        for number in range(2)
    ]
    files = {
        "docs.jsonl.gz": "\n".join(map(json.dumps, documents)),
        "queries.jsonl.gz": "\n".join(json.dumps({"id": animal, "text": animal}) for animal in ANIMALS),
        "qrels.tsv.gz": "\n".join(f"{animal}\t0\t{animal}-{n}\t1" for animal in ANIMALS for n in range(2)),
    }
    for name, text in files.items():
        with gzip.open(folder / name, "wt", encoding="utf-8") as file:
            file.write(text + "\n")
    return folder


def test_search_is_measured_branch_by_branch(
    judged: Path, tmp_path: Path, serving: Callable[..., Service]
) -> None:
    """Words alone find everything; branches that have nothing to do say so; figures go to a file too."""
    service = serving("--catalog", "none", "--model", "none", encoder="none")
    out = tmp_path / "figures.json"
    done = run_app("evaluate", "search", str(judged), "--url", service.address, "--out", str(out))
    assert "| branch term | 1.0000 | 1.0000 | 1.0000 | 1.0000 | 6 |" in done.stdout
    assert "| branch text | no answer |" in done.stdout
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert rows["default"]["mrr"] == 1.0
    assert rows["fusion rrf"]["num_queries"] == len(ANIMALS)
    assert rows["fusion rrf"]["p_value"] == 1.0


def test_a_ranker_is_measured_on_queries_that_it_was_not_trained_on(judged: Path, tmp_path: Path) -> None:
    """With folds there is a row of rankers trained on the other folds' judgments, over every query."""
    out = tmp_path / "figures.json"
    data = str(tmp_path / "data")
    long: dict[str, list[str]] = {
        "docs.jsonl.gz": [],
        "qrels.tsv.gz": [],
    }  # of twenty kinds the ten with short texts are wanted
    for animal in ANIMALS:
        for number in range(20):
            document = {"id": f"{animal}-{number}", "title": animal, "text": f"a {animal} " + "so " * number}
            long["docs.jsonl.gz"].append(json.dumps(document))
            long["qrels.tsv.gz"].append(f"{animal}\t0\t{animal}-{number}\t{int(number < 10)}")
    for name, lines in long.items():
        with gzip.open(judged / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    told = ("--queries", "6", "--folds", "2", "--data", data, "--out", str(out))
    done = run_app("evaluate", "search", str(judged), *told, encoder="none")
    assert "fold 2 of 2" in done.stderr
    rows = {row["name"]: row for row in json.loads(out.read_text())["rows"]}
    assert rows["ranker, 2 folds"]["num_queries"] == len(ANIMALS)
    assert rows["ranker, 2 folds"]["mrr"] > 0.9
