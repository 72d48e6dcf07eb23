"""Drafts one list from two by turns, and remembers whose pick each place was (team-draft interleaving)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.experiments.hashing import salted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Drafted:
    """A list drafted from two: `order[i]` is the item at place i, `teams[i]` whose pick it was: 0 or 1.

    `teams` ends where one list had nothing new left: what follows is nobody's pick.
    """

    order: tuple[int, ...]
    teams: tuple[int, ...]


def team_draft(first: Sequence[int], second: Sequence[int], coin: Callable[[], bool]) -> Drafted:
    """Return the team-draft interleaving of two lists (Radlinski, Kurup and Joachims 2008, algorithm 2).

    The team with fewer picks goes next; `coin` decides when both have as many (True: the first).
    It picks the best of its own list that is not taken yet. When one list has nothing new left, the
    draft is over, and the other's rest follows as nobody's pick: a longer list earns nothing by its
    length. Every item of either list is there once.
    """
    lists = (first, second)
    at, sizes, taken = [0, 0], [0, 0], set[int]()
    order: list[int] = []
    teams: list[int] = []
    while True:
        at = [_next(own, start, taken) for own, start in zip(lists, at, strict=True)]
        if any(start == len(own) for own, start in zip(lists, at, strict=True)):
            rest = [item for own in lists for item in own if item not in taken]
            return Drafted((*order, *rest), tuple(teams))
        team = _turn(sizes, coin)
        pick = lists[team][at[team]]
        taken.add(pick)
        order.append(pick)
        teams.append(team)
        sizes[team] += 1


def _next(items: Sequence[int], start: int, taken: set[int]) -> int:
    while start < len(items) and items[start] in taken:
        start += 1
    return start


def _turn(sizes: list[int], coin: Callable[[], bool]) -> int:
    if sizes[0] == sizes[1]:
        return 0 if coin() else 1
    return 0 if sizes[0] < sizes[1] else 1


def coin_of(salt: str, request_id: str) -> Callable[[], bool]:
    """Return the coin of one answer: fair throws that its id alone decides, so that they can be repeated."""
    throw = salted(f"draft:{salt}")
    number = 0

    def toss() -> bool:
        nonlocal number
        number += 1
        return throw(f"{request_id}/{number}") < HALF

    return toss
