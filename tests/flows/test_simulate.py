"""A simulated week, made short: played, interrupted, gone on with, and learned from."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.flows.service import run_app

if TYPE_CHECKING:
    from pathlib import Path

TRIAL = ("--trial-days", "1", "--trial-people", "28")
PLAY = ("simulate", "--people", "24", "--seed", "3")


@pytest.fixture
def data(icon_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with some hundred icons, found by words alone."""
    monkeypatch.setitem(os.environ, "TROUVERE_ENCODER", "none")
    folder = tmp_path / "data"
    run_app("import", str(icon_folder), "--data", str(folder))
    return folder


def test_days_are_played_once_and_learned_from(data: Path) -> None:
    """A second run goes on after the first one's days; then a ranker is trained, held out and tried.

    So few days prove nothing, and the command says so by its status; that it tells both figures is
    what is held here.
    """
    first = run_app(*PLAY, "--data", str(data), "--days", "1")
    journal = json.loads((data / "simulation.json").read_text())
    assert list(journal["done"]) == ["0"]
    assert f"{journal['done']['0']} sessions" in first.stdout
    try:
        told = run_app(*PLAY, "--data", str(data), "--days", "2", "--learn", *TRIAL).stdout
    except RuntimeError as error:
        told = str(error)
    again = json.loads((data / "simulation.json").read_text())
    assert again["done"]["0"] == journal["done"]["0"]
    assert again["plan"]["start"] == journal["plan"]["start"]
    assert list(again["done"]) == ["0", "1", "2"]
    assert "held-out sessions: fused 0." in told
    assert "experiment of 1 days, clicks@3: " in told
    assert "verdict: " in told
