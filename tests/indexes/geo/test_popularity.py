"""Tests likings: decay, one voice a person, forgetting, and being kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.errors import DamagedSnapshot
from indexes.geo.popularity import FILE, MAX_PEOPLE, SLACK, Liked

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0
NOW = 1_800_000_000.0


def test_strength_is_the_decayed_sum_over_people() -> None:
    """An item's share is the sum of 2^(-age / half-life) of its people, over the strongest item's."""
    liked = Liked(half_life_s=DAY)
    for person in ("ann", "bob", "cid"):
        liked.add("new", person, 1.0, NOW)
    for person in ("ann", "bob"):
        liked.add("old", person, 2.0, NOW - 3 * DAY)
    np.testing.assert_allclose(liked.strengths(["new", "old", "none"]), [1, 2 * 2 / 8 / 3, 0], rtol=1e-6)


def test_order_and_repeats_change_nothing() -> None:
    """Late, repeated and shouted likings leave what each person's strongest one says."""
    one, other = Liked(), Liked()
    likings = [("a", "ann", 1.0, NOW), ("a", "bob", 3.0, NOW - 9 * DAY), ("b", "ann", 2.0, NOW - DAY)]
    for liking in likings:
        one.add(*liking)
    for liking in likings[::-1] * 50:
        other.add(*liking)
    assert list(one.rows()) == list(other.rows())
    one.add("a", "cid", 0.0, NOW)
    one.add("c", "cid", -1.0, NOW)
    assert list(one.rows()) == list(other.rows())


def test_a_person_can_be_forgotten() -> None:
    """What a forgotten person liked is as if it never was."""
    liked = Liked()
    liked.add("a", "ann", 1.0, NOW)
    liked.add("a", "bob", 1.0, NOW)
    liked.add("b", "ann", 1.0, NOW)
    liked.forget("ann")
    assert liked.items() == ["a"]
    assert [person for _, voices in liked.rows() for person, _ in voices] == ["bob"]


def test_many_voices_leave_the_strongest() -> None:
    """An item remembers its strongest voices only."""
    liked = Liked()
    for number in range(MAX_PEOPLE + SLACK + 1):
        liked.add("a", f"p{number}", 1.0 + number, NOW)
    ((_, voices),) = liked.rows()
    assert len(voices) == MAX_PEOPLE
    assert f"p{MAX_PEOPLE + SLACK}" in dict(voices)
    assert "p0" not in dict(voices)


def test_likings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    """A saved state reads back equal; a damaged file is told."""
    liked = Liked()
    liked.add("a", "ann", 1.0, NOW)
    liked.add("b", "bob", 2.0, NOW)
    liked.save(tmp_path)
    copy = Liked()
    copy.restore(tmp_path)
    assert list(copy.rows()) == list(liked.rows())
    assert len(copy) == 2
    (tmp_path / FILE).write_bytes(b"\x91")
    with pytest.raises(DamagedSnapshot):
        copy.restore(tmp_path)
