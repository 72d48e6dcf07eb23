"""Two lists drafted into one."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.draft import coin_of, team_draft

if TYPE_CHECKING:
    from collections.abc import Callable

LISTS = st.lists(st.integers(0, 30), unique=True, max_size=20)


@given(LISTS, LISTS, st.integers(0, 2**20))
def test_every_item_is_there_once_and_teams_take_turns(
    first: list[int], second: list[int], bits: int
) -> None:
    """The draft holds both lists; after any even number of picks both teams have picked as often."""
    drafted = team_draft(first, second, iter_coin(bits))
    assert sorted(drafted.order) == sorted(set(first) | set(second))
    for end in range(0, len(drafted.teams) + 1, 2):
        assert sum(drafted.teams[:end]) * 2 == end
    for team, own in enumerate((first, second)):
        picks = [item for item, whose in zip(drafted.order, drafted.teams, strict=False) if whose == team]
        assert picks == [item for item in own if item in picks]


def iter_coin(bits: int) -> Callable[[], bool]:
    """Return a coin that shows these bits, over and over."""
    faces = cycle([bool(bits >> place & 1) for place in range(21)])
    return lambda: next(faces)


def test_the_draft_by_hand() -> None:
    """A picks 1, B its best new one, and so on; when one has nothing new left, the rest is nobody's pick."""
    drafted = team_draft([1, 2, 3], [2, 4, 1, 5, 6], lambda: True)
    assert drafted.order == (1, 2, 3, 4, 5, 6)
    assert drafted.teams == (0, 1, 0)


def test_equal_lists_give_the_list() -> None:
    """Between two arms that answer alike nobody can tell that anything was drafted."""
    assert team_draft([5, 3, 9], [5, 3, 9], coin_of("s", "r")).order == (5, 3, 9)


def test_coins_are_fair_and_repeat_themselves() -> None:
    """An answer's coins are decided by its id, half of them heads, the second as fair as the first."""
    throws = np.array([[coin() for _ in range(2)] for coin in (coin_of("s", f"r{i}") for i in range(4_000))])
    assert abs(throws.mean(axis=0) - 0.5).max() < 4 * 0.5 / np.sqrt(4_000)
    again = coin_of("s", "r7")
    assert [again(), again()] == throws[7].tolist()
