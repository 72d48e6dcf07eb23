"""Turns text into two streams of tokens: words by their stems, and folded character n-grams."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import rjieba
import snowballstemmer

from indexes.text.scripts import Writing, fold, runs
from indexes.text.stopwords import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ANALYSIS_VERSION = 2  # of the token rules: an index made by other rules is made anew
GRAM = 4  # characters, for writings with blanks between words
SHORT_GRAM = 2  # characters, for writings without
EDGE = "_"  # stands before and after a word in its grams
MAX_WORD = 64  # characters; longer runs are cut, not dropped
MAX_STEMS = 200_000  # remembered


@dataclass(frozen=True, slots=True)
class Word:
    """One token: the folded surface as written, its stem as indexed, where it starts in the folded text."""

    surface: str
    stem: str
    start: int
    spaced: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """Both streams of one text, in order, with repeats."""

    words: list[Word]
    grams: list[str]


class Analyzer:
    """English stems, Chinese words, plain words of other scripts, two-character steps where none is known."""

    def __init__(self) -> None:
        self._stemmer = snowballstemmer.stemmer("english")
        self._stems: dict[str, str] = {}
        self._stemming = Lock()  # guards the stemmer, which works on its own state

    def analyse(self, text: str) -> Analysis:
        """Return every word and every n-gram of the text."""
        words: list[Word] = []
        grams: list[str] = []
        for writing, run, start in runs(fold(text)):
            words += self._split(writing, run, start)
            grams += spaced_grams(run) if writing is Writing.SPACED else steps(run)
        return Analysis(words, grams)

    def words(self, text: str) -> list[Word]:
        """Return every word of the text."""
        return [word for run in runs(fold(text)) for word in self._split(*run)]

    def stem(self, word: str) -> str:
        """Return the stem of a folded word; only plain Latin letters are taken for English."""
        stem = self._stems.get(word)
        if stem is not None:
            return stem
        if not (word.isascii() and word.replace("'", "").isalpha()):
            return word
        return self._remember(word)

    def _remember(self, word: str) -> str:
        with self._stemming:
            stem = str(self._stemmer.stemWord(word)).replace("'", "") or word
        if len(self._stems) < MAX_STEMS:
            self._stems[word] = stem
        return stem

    def _split(self, writing: Writing, run: str, start: int) -> Iterator[Word]:
        if writing is Writing.SPACED:
            word = run[:MAX_WORD]
            yield Word(word, self.stem(word), start, spaced=True)
            return
        for part in rjieba.cut_for_search(run) if writing is Writing.HAN else steps(run):
            yield Word(part, part, start + max(run.find(part), 0), spaced=False)


def is_stop_word(word: Word) -> bool:
    """Return whether a query may do without the word."""
    return word.surface in STOP_WORDS


def grams_of(word: Word) -> list[str]:
    """Return the n-grams of one word."""
    return spaced_grams(word.surface) if word.spaced else steps(word.surface)


def spaced_grams(word: str) -> list[str]:
    """Return the 4-character steps of a word between its edges; a short word is one gram."""
    edged = f"{EDGE}{word[:MAX_WORD]}{EDGE}"
    return [edged[i : i + GRAM] for i in range(max(len(edged) - GRAM + 1, 1))]


def steps(run: str) -> list[str]:
    """Return the overlapping 2-character steps of a run; a single character is itself."""
    return [run[i : i + SHORT_GRAM] for i in range(max(len(run) - SHORT_GRAM + 1, 1))]
