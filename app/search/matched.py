"""Tells which of the query's words stand in which field of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.items import Item
    from indexes.text.analyzer import Analyzer
    from indexes.text.query import TermQuery

Stems: TypeAlias = tuple[tuple[str, frozenset[str]], ...]  # (item field, its stems), best field first

MAX_TEXT_CHARS = 20_000  # of a text that are read for reasons


def stems_of(item: Item, analyzer: Analyzer) -> Stems:
    """Return the stems of title, tags and text, as the term index has them."""
    texts = (("title", item.title), ("tags", "\n".join(item.tags)), ("text", item.text[:MAX_TEXT_CHARS]))
    return tuple(
        (field, frozenset(word.stem for word in analyzer.words(text))) for field, text in texts if text
    )


def matched_words(query: TermQuery, stems: Stems) -> Mapping[str, tuple[str, ...]]:
    """Return the query's words that each field has, as typed but folded; fields without any are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for field, known in stems:
        words = [word.surface for word in query.words if word.stem in known]
        if query.alternatives:
            words += _synonyms(query, known)
        if words:
            found[field] = tuple(words)
    return found


def best_field(query: TermQuery, stems: Stems) -> Mapping[str, tuple[str, ...]]:
    """Return what `matched_words` does of its first field alone: a reason names no other."""
    said = [(word.stem, word.surface) for word in query.words]
    for field, known in stems:
        words = [surface for stem, surface in said if stem in known]
        if query.alternatives:
            words += _synonyms(query, known)
        if words:
            return {field: tuple(words)}
    return {}


def _synonyms(query: TermQuery, known: frozenset[str]) -> list[str]:
    """Return what the field has in the place of words that it has not."""
    return list(
        dict.fromkeys(
            one.surface
            for one in query.alternatives
            if known.issuperset(one.stems) and not known.issuperset(one.sources)
        )
    )
