"""Tests correction of misspelt words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.text.analyzer import Analyzer
from indexes.text.edits import MAX_LETTERS
from indexes.text.spelling import Spelling
from indexes.text.vocabulary import Vocabulary

ANALYZER = Analyzer()


def spelling_of(*texts: str) -> tuple[Spelling, Vocabulary]:
    """Return spelling over records with these texts."""
    vocabulary = Vocabulary()
    spelling = Spelling(vocabulary, ANALYZER)
    for text in texts:
        spelling.add(vocabulary.add(ANALYZER.words(text)))
    return spelling, vocabulary


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("hosre", "horse"),
        ("Red HROSE!", "red horse!"),
        ("hors", "horse"),
        ("horses", None),
        ("arrwo left", "arrow left"),
        ("arrw", "arrow"),
        ("rd", None),
        ("zzzzzz", None),
        ("长江大侨", None),
        ("x9q7", None),
        ("", None),
    ],
)
def test_unknown_words_become_the_nearest_known(text: str, corrected: str | None) -> None:
    """Only words that do not occur in any form change; the rest of the text stays, folded."""
    spelling, _ = spelling_of("red horse", "arrow left", "长江大桥")
    assert spelling.correct(text) == corrected


def test_fewer_edits_win_then_frequency_then_letters() -> None:
    """Of equally near words the more frequent is meant, of equally frequent ones the first."""
    spelling, _ = spelling_of("cart", "cart", "card", "care", "cats")
    assert spelling.nearest("carx", 4) == ["cart", "card", "care"]
    assert spelling.nearest("carts", 2) == ["cart", "cats"]


def test_a_word_that_went_is_no_correction() -> None:
    """A correction leads to something that exists, at this moment."""
    spelling, vocabulary = spelling_of("horse", "house")
    vocabulary.remove(ANALYZER.words("horse"))
    assert spelling.correct("hoxse") == "house"
    spelling.add(vocabulary.add(ANALYZER.words("horse")))
    assert spelling.correct("hoxse") == "horse"


def test_a_short_word_is_changed_by_one_edit_only() -> None:
    """What two edits would make of a short word is another word; long ones bear two."""
    spelling, _ = spelling_of("vibrate", "thermometer")
    assert spelling.correct("pirate") is None
    assert spelling.correct("thermomter") == "thermometer"
    assert spelling.correct("termomter") == "thermometer"


@given(st.lists(st.text("abc", min_size=3, max_size=6), min_size=1, max_size=8), st.text("abc", max_size=6))
def test_corrections_exist_and_known_words_stay(words: list[str], typed: str) -> None:
    """Whatever is typed: a known word is left alone, and a correction is one of the words."""
    spelling, _ = spelling_of(*words)
    corrected = spelling.correct(typed)
    assert corrected is None or corrected in words
    if typed in words:
        assert corrected is None


def test_very_long_words_are_left_alone() -> None:
    """A word beyond the limit is neither corrected nor a correction."""
    long = "x" * (MAX_LETTERS + 1)
    spelling, _ = spelling_of(long)
    assert spelling.correct(long[1:]) is None
    assert spelling.correct(long + "x") is None
