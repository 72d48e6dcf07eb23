"""Simulations go on where they were interrupted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InvalidInput
from app.simulation.journal import Journal, Plan

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(seed=1, people=20, model="pbm", start=86_400.0)


def test_a_journal_is_read_back_with_its_first_start(tmp_path: Path) -> None:
    """What was done is known again, and the days begin when they first did."""
    path = tmp_path / "journal.json"
    journal = Journal.open(path, PLAN)
    assert journal.done == {}
    journal.note(0, 12)
    journal.note(1, 3)
    journal.keep({"ranker": "simulated@1"})
    again = Journal.open(path, replace(PLAN, start=999_999.0))
    assert again.done == {0: 12, 1: 3}
    assert again.plan == PLAN
    assert again.facts == {"ranker": "simulated@1"}
    assert [one.name for one in tmp_path.iterdir()] == ["journal.json"]


def test_another_plan_is_refused(tmp_path: Path) -> None:
    """Going on with other people or another seed would mix two worlds; each is named."""
    path = tmp_path / "journal.json"
    Journal.open(path, PLAN).note(0, 1)
    for change in ({"seed": 2}, {"people": 21}, {"model": "cascade"}):
        with pytest.raises(InvalidInput) as caught:
            Journal.open(path, replace(PLAN, **change))
        assert caught.value.field in change
    path.write_text('{"format": 99}')
    with pytest.raises(InvalidInput):
        Journal.open(path, PLAN)
