"""Features of the question alone: the same for every candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.ranking.features.definition import feature

if TYPE_CHECKING:
    from app.ranking.features.scene import Scene

EAST_ASIAN: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


@feature("query_chars", "query", kind="count", cost="free")
def query_chars(scene: Scene) -> float:
    """Characters of the query."""
    return float(len(scene.asked.query))


@feature("query_words", "query", kind="count", cost="free")
def query_words(scene: Scene) -> float:
    """Different word stems of the query."""
    return float(len(scene.asked.stems))


@feature("query_scripts", "query", kind="count", cost="free")
def query_scripts(scene: Scene) -> float:
    """Scripts that the query's letters are of."""
    return float(len(scene.asked.scripts))


@feature("query_east_asian", "query", kind="flag", cost="free")
def query_east_asian(scene: Scene) -> float:
    """Whether the query has Chinese, Japanese or Korean letters."""
    return float(not scene.asked.scripts.isdisjoint(EAST_ASIAN))


@feature("query_corrected", "query", kind="flag", cost="free")
def query_corrected(scene: Scene) -> float:
    """Whether the query was misspelt and corrected."""
    return float(scene.asked.corrected)


@feature("query_like", "query", kind="flag", cost="free")
def query_like(scene: Scene) -> float:
    """Whether the search is for more like an item."""
    return float(scene.asked.like)


@feature("query_coverage", "query", kind="share", default=-1.0, cost="free")
def query_coverage(scene: Scene) -> float:
    """How well the collection covers the question: the share of its wording that a flow finds rarer."""
    return scene.asked.coverage if scene.asked.coverage is not None else float("nan")
