"""Tests how Chinese is spelt on a keyboard."""

from __future__ import annotations

from indexes.text.pinyin import LONGEST, MOST_STARTS, spellings


def test_syllables_and_first_letters_from_each_character_on() -> None:
    """A run is spelt whole and by first letters; what follows it stays as it is."""
    assert spellings("红色 horse") == ["hongse horse", "hs horse", "se horse", "s horse"]
    assert spellings("horse") == []


def test_a_character_is_read_as_its_word_reads_it() -> None:
    """行 is hang in a bank and xing on the way."""
    assert spellings("银行")[0] == "yinhang"
    assert spellings("行走")[0] == "xingzou"


def test_long_phrases_are_spelt_so_far_only() -> None:
    """Nobody types more than that."""
    found = spellings("红" * 50)
    assert len(found) == 2 * MOST_STARTS
    assert max(map(len, found)) == LONGEST
