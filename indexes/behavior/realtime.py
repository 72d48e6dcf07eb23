"""Weighs what somebody did by its kind and age, and links items by what happened since the last learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from indexes.behavior.activity import Activity, Past

DAY_S: Final = 86_400.0
LASTING_S: Final = 90 * DAY_S  # half-life of what somebody likes
PASSING_S: Final = 1_800.0  # half-life of what somebody is after right now
NOW: Final = 4.0  # how much more the present counts than the past
MOST_SEEDS = 10  # whose fresh links are looked at
MOST_PEOPLE = 20  # for each of them
MOST_ACTS = 20  # of each of those


class FreshLink(NamedTuple):
    """How strongly an item is linked since then, and the seed that links it most."""

    score: float
    seed: str


def seeds(acts: Iterable[Past], weights: Mapping[str, float], now: float) -> dict[str, float]:
    """Return the weight of each item that somebody did something with, the largest being 1.

    An act weighs its type's weight times 2^-(age / 90 days) + 4 * 2^-(age / 30 min), so that the last
    minutes outweigh all before; of several acts with one item the weightiest counts, a dislike in any case.
    """
    found: dict[str, float] = {}
    for act in acts:
        weight = weights.get(act.type, 0.0)
        if act.item is None or weight == 0:
            continue
        age = max(now - act.at, 0.0)
        value = weight * (2.0 ** (-age / LASTING_S) + NOW * 2.0 ** (-age / PASSING_S))
        before = found.get(act.item)
        if before is None or value < 0 or (before > 0 and value > before):
            found[act.item] = value
    largest = max((abs(value) for value in found.values()), default=1.0)
    return {item: value / largest for item, value in found.items()}


def fresh_links(
    activity: Activity,
    asked: Mapping[str, float],
    since: int,
    weights: Mapping[str, float],
    degrees: Mapping[str, float],
    exponents: tuple[float, float],
) -> dict[str, FreshLink]:
    """Return what RP3beta would add for what happened after the event of number `since`.

    Each person who met a seed since then links it to what else they met lately: seed weight *
    d_seed^-alpha * d_person^-alpha * d_item^-beta, `exponents` being (alpha, beta). Item degrees are those of
    the last learning, at least 1.
    """
    alpha, beta = exponents
    sums: dict[str, float] = {}
    strongest: dict[str, tuple[float, str]] = {}
    liked = sorted((pair for pair in asked.items() if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))
    for seed, weight in liked[:MOST_SEEDS]:
        start = weight * max(degrees.get(seed, 1.0), 1.0) ** -alpha
        for acts in activity.companions(seed, since, MOST_PEOPLE, MOST_ACTS):
            met = _met(acts, weights)
            for item in met:
                if item not in asked and seed in met:
                    part = start * len(met) ** -alpha * max(degrees.get(item, 1.0), 1.0) ** -beta
                    sums[item] = sums.get(item, 0.0) + part
                    strongest[item] = max(strongest.get(item, (0.0, "")), (part, seed))
    return {item: FreshLink(score, strongest[item][1]) for item, score in sums.items()}


def _met(acts: Sequence[Past], weights: Mapping[str, float]) -> list[str]:
    liked = (act.item for act in acts if act.item is not None and weights.get(act.type, 0.0) > 0)
    return list(dict.fromkeys(liked))
