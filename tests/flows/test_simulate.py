"""A simulated week, made short: played, interrupted, gone on with, and learned from."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from models.icons import load_icons
from tests.flows.service import run_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.flows.service import Service

EVERY = 80  # of the icons so many-th is an item
TRIAL = ("--trial-days", "1", "--trial-people", "28")
PLAY = ("simulate", "--people", "24", "--seed", "3")


@pytest.fixture
def service(serving: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service with some hundred icons, found by words alone; commands are told the same."""
    for name in ("ENCODER", "IMAGE_ENCODER"):
        monkeypatch.setitem(os.environ, f"TROUVERE_{name}", "none")
    begun = serving("--model", "none")
    lines = [
        {
            "id": icon.id,
            "title": icon.title,
            "category": icon.family,
            "attributes": {"concept": icon.concept, "weight": icon.weight},
        }
        for icon in load_icons()[::EVERY]
    ]
    content = "\n".join(map(json.dumps, lines))
    told = begun.client.post("/v1/items:batch", params={"refresh": "true"}, content=content).json()
    assert told["accepted"] == len(lines)
    return begun


def test_days_are_played_once_and_learned_from(service: Service) -> None:
    """A second run goes on after the first one's days; then a ranker is trained, held out and tried.

    So few days prove nothing, and the command says so by its status; that it tells both figures is what is
    held here.
    """
    data = service.data
    play = (*PLAY, "--data", str(data), "--url", service.address)
    first = run_app(*play, "--days", "1")
    journal = json.loads((data / "simulation.json").read_text())
    assert list(journal["done"]) == ["0"]
    assert f"{journal['done']['0']} sessions" in first.stdout
    try:
        told = run_app(*play, "--days", "2", "--learn", *TRIAL).stdout
    except RuntimeError as error:
        told = str(error)
    again = json.loads((data / "simulation.json").read_text())
    assert again["done"]["0"] == journal["done"]["0"]
    assert again["plan"]["start"] == journal["plan"]["start"]
    assert list(again["done"]) == ["0", "1", "2"], told
    assert "held-out sessions: fused 0." in told
    assert "experiment of 1 days, clicks@3: " in told
    assert "verdict: " in told
