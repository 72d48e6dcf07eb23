"""Tests what words of a query may stand for."""

from __future__ import annotations

from indexes.text.analyzer import Analyzer
from indexes.text.likely import Likely
from indexes.text.spelling import Spelling
from indexes.text.vocabulary import Vocabulary

ANALYZER = Analyzer()


def likely_of(*texts: str) -> Likely:
    """Return expansions over records with these texts."""
    vocabulary = Vocabulary()
    spelling = Spelling(vocabulary, ANALYZER)
    for text in texts:
        spelling.add(vocabulary.add(ANALYZER.words(text)))
    return Likely(vocabulary, spelling, ANALYZER)


def test_beginnings_become_stems_once() -> None:
    """Forms of one word that begin so are one stem, frequent ones first."""
    likely = likely_of("horses", "horse", "horn", "horn")
    assert likely.beginnings("hor") == ["horn", "hors"]
    assert likely.beginnings(None) == []


def test_only_unknown_words_are_corrected() -> None:
    """A word that occurs in some form stands for itself."""
    likely = likely_of("horses", "长江")
    assert likely.corrections(ANALYZER.words("hosres")[0]) == ["hors"]
    assert likely.corrections(ANALYZER.words("horse")[0]) == []
    assert likely.corrections(ANALYZER.words("江河")[0]) == []
