"""Tests the list of stop words."""

from __future__ import annotations

from indexes.text.scripts import fold
from indexes.text.stopwords import STOP_WORDS


def test_stop_words_are_written_as_tokens_are() -> None:
    """Every entry is folded already, or it would never be met; both languages are there."""
    assert [word for word in STOP_WORDS if fold(word) != word] == []
    assert {"the", "的"} <= STOP_WORDS
    assert not {"red", "horse"} & STOP_WORDS
