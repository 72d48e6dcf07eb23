"""Tests both streams of tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.text.analyzer import MAX_WORD, Analyzer, grams_of


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Running horses", ["run", "hors"]),
        ("the horse's café", ["the", "hors", "cafe"]),
        ("H264 3d don't", ["h264", "3d", "dont"]),
        ("南京市长江大桥", ["南京", "京市", "南京市", "长江", "大桥", "长江大桥"]),
        ("食べる", ["食", "べる"]),
        ("ラーメン", ["ラー", "ーメ", "メン"]),
        ("большие дома", ["большие", "дома"]),
        ("", []),
        ("!? --", []),
    ],
)
def test_words_by_script(text: str, stems: list[str]) -> None:
    """English is stemmed, Chinese cut by dictionary, unspaced scripts by twos, others kept."""
    assert [word.stem for word in Analyzer().words(text)] == stems


def test_grams_know_the_edges_of_words() -> None:
    """A word gives 4-character steps between its edges, a short word one, Chinese steps of two."""
    analysis = Analyzer().analyse("Horse ox é 长江大桥")
    assert analysis.grams == ["_hor", "hors", "orse", "rse_", "_ox_", "_e_", "长江", "江大", "大桥"]


def test_endless_words_are_cut() -> None:
    """A run of letters beyond the limit is indexed by its beginning."""
    (word,) = Analyzer().words("x" * 500)
    assert word.surface == "x" * MAX_WORD
    assert len(grams_of(word)) == MAX_WORD + 2 - 3


@given(st.text(max_size=60))
def test_tokens_hold_no_blank(text: str) -> None:
    """Whatever is typed, tokens are neither empty nor split again by the index."""
    analysis = Analyzer().analyse(text)
    tokens = [word.stem for word in analysis.words] + analysis.grams
    assert [token for token in tokens if token.split() != [token]] == []
    assert analysis.words == Analyzer().words(text)


def test_threads_share_one_stemmer() -> None:
    """Stems are right when many threads ask for many words at once."""
    words = [f"{chr(97 + i)}{chr(97 + j)}nning" for i in range(26) for j in range(26)]
    expected = [Analyzer().stem(word) for word in words[:50]]
    shared = Analyzer()
    with ThreadPoolExecutor(8) as threads:
        results = [list(threads.map(shared.stem, words)) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0][:50] == expected
