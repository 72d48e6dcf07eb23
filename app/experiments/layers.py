"""Shares out a layer's buckets so that its experiments never meet and a grown one moves nobody."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from app.experiments.overrides import decided
from app.experiments.specs import BUCKETS, INTERLEAVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.experiments.specs import Experiment

    Buckets = tuple[int, ...]


def allot(held: Mapping[str, Buckets], name: str, num: int) -> Buckets | None:
    """Return `num` buckets for one experiment of a layer, None when there are not so many.

    What it holds already it keeps, oldest first, so that a unit once taken in stays while the traffic
    only grows; what is missing is taken from the lowest free ones. A pure function of what was held:
    every process that applies the same rows shares out the same.
    """
    own = held.get(name, ())[:num]
    taken = set(own).union(*(buckets for other, buckets in held.items() if other != name))
    missing = num - len(own)
    free = tuple(islice((bucket for bucket in range(BUCKETS) if bucket not in taken), missing))
    return None if len(free) < missing else (*own, *free)


def objection(new: Experiment, others: Iterable[Experiment]) -> tuple[str, str] | None:
    """Return (field, why) when `new` cannot run beside `others`, whatever their traffic; else None.

    A layer has one unit. What two layers both decided would depend on their order, so that each
    thing belongs to one layer (Tang et al. 2010), and a list can be drafted by one pair only.
    """
    for other in others:
        if other.name == new.name:
            continue
        if other.layer == new.layer:
            if other.unit != new.unit:
                return "unit", f"layer {new.layer!r} is of units {other.unit!r}: {other.name!r} is in it"
            continue
        if new.kind == other.kind == INTERLEAVE:
            return "layer", f"{other.name!r} interleaves too: both must be in layer {other.layer!r}"
        theirs = {path for arm in other.arms for path in decided(arm.override)}
        for place, arm in enumerate(new.arms):
            for path in decided(arm.override):
                if path in theirs:
                    why = f"{other.name!r} of layer {other.layer!r} decides it too: put both in one layer"
                    return f"arms[{place}].override.{path}", why
    return None
