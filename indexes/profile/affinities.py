"""Measures how much somebody is drawn to the values of fields, from what they did and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from indexes.behavior.activity import Past
    from indexes.types import Record

HALF_LIFE_S: Final = 30 * 86_400.0
LEAST: Final = 0.05  # share of everything below which a value is chance
MOST: Final = 50  # values that a profile tells
ATTRIBUTE: Final = "attributes."
TINY: Final = 1e-12


class Affinity(NamedTuple):
    """How much somebody is drawn to a value of a field, from -1 to 1.

    Of the last `num_items` items they met with interest, `num_with` had the value. `said` is True where the
    strength is the person's own word.
    """

    field: str
    value: str
    strength: float
    num_with: int
    num_items: int
    said: bool = False


def affinities(
    acts: Sequence[Past],
    records: Mapping[str, Record],
    weights: Mapping[str, float],
    now: float,
    said: Mapping[str, Any],
) -> list[Affinity]:
    """Return the affinities that acts show, the strongest first, and then in the order of their names.

    Strength is the share of acts with the value, each act weighing its type's weight times
    2^-(age / 30 days); dislikes count against. What a person says (`said`: field to value to strength,
    attributes one level deeper) stands instead of what their acts show.
    """
    sums: dict[tuple[str, str], float] = {}
    met: dict[tuple[str, str], set[str]] = {}
    total, liked = 0.0, set[str]()
    for act in acts:
        record, weight = records.get(act.item or ""), weights.get(act.type, 0.0)
        if record is None or weight == 0:
            continue
        value = weight * 2.0 ** (-max(now - act.at, 0.0) / HALF_LIFE_S)
        total += abs(value)
        if weight > 0:
            liked.add(record.id)
        for pair in values_of(record):
            sums[pair] = sums.get(pair, 0.0) + value
            if weight > 0:
                met.setdefault(pair, set()).add(record.id)
    own = dict(_said(said))
    shown = (
        Affinity(
            *pair,
            own.get(pair, value / max(total, TINY)),
            len(met.get(pair, ())),
            len(liked),
            said=pair in own,
        )
        for pair, value in (dict.fromkeys(own, 0.0) | sums).items()
        if pair in own or total > 0
    )
    kept = [one for one in shown if abs(one.strength) >= LEAST or one.said]
    return sorted(kept, key=lambda one: (not one.said, -abs(one.strength), one.field, one.value))[:MOST]


def values_of(record: Record) -> Iterator[tuple[str, str]]:
    """Yield (field, value) for tags, category and attributes of words; numbers say nothing of taste."""
    for tag in record.tags:
        yield "tags", tag
    if record.category is not None:
        yield "category", record.category
    for name, value in record.attributes.items():
        if isinstance(value, str):
            yield ATTRIBUTE + name, value
        elif isinstance(value, tuple):
            for one in value:
                yield ATTRIBUTE + name, one


def _said(said: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    for field in ("tags", "category"):
        for value, strength in said.get(field, {}).items():
            yield (field, value), float(strength)
    for name, values in said.get("attributes", {}).items():
        for value, strength in values.items():
            yield (ATTRIBUTE + name, value), float(strength)
