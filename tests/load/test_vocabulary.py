"""Tests what the load test types."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.load import vocabulary

SEEDS = st.integers(0, 2**32)


def one_slip(typed: str, meant: str) -> bool:
    """Return whether one swap, loss, doubling or exchange of a letter lies between the two."""
    if len(typed) == len(meant):
        wrong = [i for i, (a, b) in enumerate(zip(typed, meant, strict=True)) if a != b]
        swapped = len(wrong) == 2 and sorted(typed) == sorted(meant) and wrong[1] == wrong[0] + 1
        return len(wrong) == 1 or swapped
    longer, shorter = sorted((typed, meant), key=len, reverse=True)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


@given(SEEDS)
def test_a_slip_is_one_edit_past_the_first_letter(seed: int) -> None:
    """A misspelt word differs from what was meant by one slip, and begins the same."""
    typed, meant = vocabulary.misspelt(Random(seed))
    assert typed != meant
    assert typed[0] == meant[0]
    assert one_slip(typed, meant)


@given(SEEDS)
def test_the_same_seed_types_the_same(seed: int) -> None:
    """Choices repeat with the seed."""
    first, second = Random(seed), Random(seed)
    assert [vocabulary.phrase(first) for _ in range(5)] == [vocabulary.phrase(second) for _ in range(5)]


def test_a_few_concepts_are_popular_and_every_one_is_asked_for() -> None:
    """The most popular tenth gets more than a third of the searches; none is left out."""
    rng = Random(7)
    counts = Counter(vocabulary.concept(rng) for _ in range(20_000))
    top = sum(n for _, n in counts.most_common(len(vocabulary.CONCEPTS) // 10))
    assert top > 20_000 / 3
    assert set(counts) == set(vocabulary.CONCEPTS)


def test_a_word_is_typed_letter_by_letter() -> None:
    """Each prefix stands in the box once, the whole word last."""
    assert list(vocabulary.prefixes("moon")) == ["m", "mo", "moo", "moon"]
