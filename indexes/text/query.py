"""Reads what a person typed into words, phrases and an unfinished word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.text.analyzer import Word, grams_of, is_stop_word
from indexes.text.scripts import fold

if TYPE_CHECKING:
    from indexes.text.analyzer import Analysis, Analyzer
    from indexes.text.synonyms import Alternative, Synonyms

QUOTES = '"\u201c\u201d\u201e\u300c\u300d\u00ab\u00bb'
QUOTED = re.compile(f"[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]")
MAX_WORDS = 64


@dataclass(frozen=True, slots=True)
class Phrase:
    """What must stand in a row: the stems, and the n-grams instead where blanks do not part the words."""

    stems: tuple[str, ...]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermQuery:
    """A query as the term index takes it.

    `words` are the distinct words to score by, quoted ones too, without stop words where others
    remain; `alternatives` are synonyms of what was said. Every one of `phrases` must occur. `prefix` is
    the last word as typed so far, folded, when it may be unfinished.
    """

    text: str
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    prefix: str | None = None

    @property
    def explained(self) -> frozenset[str]:
        """Return the stems that have synonyms of their own: they are no slips of the hand."""
        return frozenset(one.sources[0] for one in self.alternatives if len(one.sources) == 1)

    @property
    def is_empty(self) -> bool:
        """True when nothing can match."""
        return not self.words

    @property
    def grams(self) -> tuple[str, ...]:
        """Return the distinct n-grams of the words."""
        return tuple(dict.fromkeys(gram for word in self.words for gram in grams_of(word)))


def parse_query(
    text: str, analyzer: Analyzer, synonyms: Synonyms | None = None, *, prefix: bool = False
) -> TermQuery:
    """Read a query; with `prefix` its last word may be unfinished unless a blank or a quote follows it."""
    spoken = analyzer.words(text)
    said = distinct(spoken)
    words = [word for word in said if not is_stop_word(word)] or said
    quoted = [analyzer.analyse(match.group(1)) for match in QUOTED.finditer(text)]
    return TermQuery(
        text=text,
        words=tuple(words[:MAX_WORDS]),
        alternatives=() if synonyms is None else synonyms.alternatives([word.stem for word in spoken]),
        phrases=tuple(phrase(part) for part in quoted if part.words),
        prefix=unfinished(text, said) if prefix else None,
    )


def phrase(quoted: Analysis) -> Phrase:
    """Return the phrase of a quotation."""
    spaced = all(word.spaced for word in quoted.words)
    return Phrase(tuple(word.stem for word in quoted.words), () if spaced else tuple(quoted.grams))


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
