"""Tests the counts of words."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.text.analyzer import Analyzer
from indexes.text.vocabulary import Vocabulary

ANALYZER = Analyzer()
TEXTS = st.lists(
    st.lists(st.sampled_from(["run", "running", "runs", "red", "reds"])).map(" ".join), max_size=8
)


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS)
def test_counts_are_of_records_that_stay(stay: list[str], go: list[str]) -> None:
    """After adding all and removing some, counts and beginnings are those of the rest."""
    vocabulary = Vocabulary()
    for text in stay + go:
        vocabulary.add(ANALYZER.words(text))
    for text in go:
        vocabulary.remove(ANALYZER.words(text))
    counts = Counter(word for text in stay for word in set(text.split()))
    assert {word: vocabulary.num_records(word) for word in counts} == dict(counts)
    assert len(vocabulary) == len(counts)
    begun = sorted((w for w in counts if w.startswith("run")), key=lambda w: (-counts[w], w))
    assert vocabulary.beginning("run", 2) == begun[:2]
    assert vocabulary.has_stem("run") == bool(begun)


def test_news_and_losses_are_told() -> None:
    """Adding tells which words are new, removing which are gone; scripts without blanks are not words."""
    vocabulary = Vocabulary()
    assert vocabulary.add(ANALYZER.words("red 长江")) == ["red"]
    assert vocabulary.add(ANALYZER.words("red red")) == []
    assert vocabulary.remove(ANALYZER.words("red")) == []
    assert vocabulary.remove(ANALYZER.words("red 长江")) == ["red"]
    assert "red" not in vocabulary
    assert not vocabulary.has_stem("长江")
