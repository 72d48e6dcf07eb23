"""Reads what a person typed into words, phrases, a prefix and n-grams."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.text.analyzer import Word, is_stop_word
from indexes.text.scripts import fold

if TYPE_CHECKING:
    from indexes.text.analyzer import Analyzer

QUOTED = re.compile('["\u201c\u201d\u300c\u300d]([^"\u201c\u201d\u300c\u300d]+)["\u201c\u201d\u300c\u300d]')
MAX_WORDS = 64
MAX_GRAMS = 128


@dataclass(frozen=True, slots=True)
class TermQuery:
    """A query as the term index takes it.

    `words` are the distinct words to score by (quoted ones too), without stop words where others
    remain. Each of `phrases` must occur, stems in a row. `prefix` is the last word as typed so
    far, when it may be unfinished. `grams` are the distinct n-grams of `words`.
    """

    text: str
    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    prefix: str | None = None
    grams: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing can match."""
        return not self.words


def parse_query(text: str, analyzer: Analyzer, *, prefix: bool = False) -> TermQuery:
    """Read a query; with `prefix` its last word may be unfinished unless a blank or a quote follows it."""
    said = distinct(analyzer.words(text))
    words = [word for word in said if not is_stop_word(word)] or said
    words = words[:MAX_WORDS]
    grams = dict.fromkeys(gram for word in words for gram in analyzer.grams(word.surface))
    quoted = (analyzer.words(match.group(1)) for match in QUOTED.finditer(text))
    return TermQuery(
        text=text,
        words=tuple(words),
        phrases=tuple(tuple(word.stem for word in phrase) for phrase in quoted if phrase),
        prefix=unfinished(text, said) if prefix else None,
        grams=tuple(grams)[:MAX_GRAMS],
    )


def distinct(words: list[Word]) -> list[Word]:
    """Return the words with different stems, each at its first place."""
    first: dict[str, Word] = {}
    for word in words:
        first.setdefault(word.stem, word)
    return list(first.values())


def unfinished(text: str, words: list[Word]) -> str | None:
    """Return the surface of the last word when the text ends in it."""
    if not words or not words[-1].spaced or not fold(text[-1:]).isalnum():
        return None
    return words[-1].surface
