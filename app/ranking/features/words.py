"""Features of query and item: how many words of the one stand in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.definition import feature

if TYPE_CHECKING:
    from app.ranking.features.definition import Column
    from app.ranking.features.scene import Floats, Scene

TITLE, TAGS, TEXT = range(3)


def shared(scene: Scene, field: int) -> Floats:
    """Return how many of the query's stems each item has in this field, (n,)."""
    asked = scene.asked.stems
    disjoint = asked.isdisjoint  # most are, and it makes no set to find out
    found = [0 if disjoint(stems) else len(asked & stems) for stems in scene.items.stems[field]]
    return np.array(found, np.float64)


def coverage(scene: Scene, field: int) -> Column:
    """Return the share of the query's stems that each item has in this field, (n,)."""
    return shared(scene, field) / len(scene.asked.stems) if scene.asked.stems else 0.0


@feature("exact_title", "query-item", kind="flag", cost="free")
def exact_title(scene: Scene) -> Column:
    """Whether the title is exactly the query."""
    return scene.ranked.exact


@feature("title_coverage", "query-item", kind="share", cost="costly")
def title_coverage(scene: Scene) -> Column:
    """Share of the query's words that the title has."""
    return coverage(scene, TITLE)


@feature("tag_coverage", "query-item", kind="share", cost="costly")
def tag_coverage(scene: Scene) -> Column:
    """Share of the query's words that the tags have."""
    return coverage(scene, TAGS)


@feature("text_coverage", "query-item", kind="share", cost="costly")
def text_coverage(scene: Scene) -> Column:
    """Share of the query's words that the text has."""
    return coverage(scene, TEXT)


@feature("title_overlap", "query-item", kind="share", cost="costly")
def title_overlap(scene: Scene) -> Column:
    """Share of the title's words that the query has."""
    if not scene.asked.stems:
        return 0.0
    known = scene.own.get("title_coverage")  # stands before it in the list: counted once
    covered = coverage(scene, TITLE) if known is None else known
    return covered * len(scene.asked.stems) / np.maximum(scene.items.column("title_stems"), 1.0)
