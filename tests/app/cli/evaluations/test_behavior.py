"""What `evaluate behavior` reads and prints."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from app.cli.evaluations.behavior import read_pair
from app.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TRAIN = ["ann x y z", "ben x y", "cleo x z", "dora y z x", "", "eve w x", "fay w y"]
TEST = ["ben z", "cleo y", "eve y"]


def write(directory: Path) -> None:
    """Write a pair of files, the training one zipped."""
    with gzip.open(directory / "train.txt.gz", "wt") as file:
        file.write("\n".join(TRAIN * 1))
    (directory / "test.txt").write_text("\n".join(TEST))


def test_files_are_read_into_tables_of_the_same_shape(tmp_path: Path) -> None:
    """Users and items have the same places in both; blank lines are passed over."""
    write(tmp_path)
    known, later = read_pair(tmp_path)
    assert known.shape == later.shape == (6, 4)
    assert (known.nnz, later.nnz) == (14, 3)
    assert known[[1]].toarray().tolist() == [[1, 1, 0, 0]]
    assert later[[1]].toarray().tolist() == [[0, 0, 1, 0]]


def test_it_prints_recall_and_gain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a pair where the one item left is the right one for everybody asked, all is found."""
    write(tmp_path)
    assert main(["evaluate", "behavior", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "6 users, 4 items, 14 and 3 interactions" in told
    assert "Recall@20 1.0000" in told
    assert "chosen on the training file alone: Recipe(" in told


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the files it fails and says which."""
    assert main(["evaluate", "behavior", str(tmp_path)]) == 1
    assert "train.txt" in capsys.readouterr().err
