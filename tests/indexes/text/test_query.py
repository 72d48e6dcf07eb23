"""Tests how a typed query is read."""

from __future__ import annotations

import pytest

from indexes.text.analyzer import Analyzer
from indexes.text.query import MAX_WORDS, Phrase, parse_query

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("the red horses", ["red", "hors"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ("horse horses HORSE", ["hors"]),
        ("长江的大桥", ["长江", "大桥"]),
        ("  ", []),
    ],
)
def test_stop_words_go_when_others_stay(text: str, stems: list[str]) -> None:
    """Words count once; words that say nothing count only when there is nothing else."""
    query = parse_query(text, ANALYZER)
    assert [word.stem for word in query.words] == stems
    assert query.is_empty == (stems == [])


def test_quotes_make_phrases() -> None:
    """Straight, curly and corner quotes enclose phrases, stop words included; their words score too."""
    query = parse_query('“state of the art” icon "blue"', ANALYZER)
    assert query.phrases == (Phrase(("state", "of", "the", "art")), Phrase(("blue",)))
    assert [word.stem for word in query.words] == ["state", "art", "icon", "blue"]
    assert parse_query("「长江大桥」", ANALYZER).phrases[0].steps == ("长江", "江大", "大桥")
    assert parse_query('an open "quote', ANALYZER).phrases == ()


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("red hor", "hor"),
        ("red hor ", None),
        ('"red hor"', None),
        ("Caf\u00e9", "cafe"),
        ("长江", None),
        ("", None),
    ],
)
def test_only_a_last_word_may_be_unfinished(text: str, prefix: str | None) -> None:
    """A blank or a quote ends the last word; scripts without blanks have no unfinished words."""
    assert parse_query(text, ANALYZER, prefix=True).prefix == prefix
    assert parse_query(text, ANALYZER).prefix is None


def test_endless_queries_are_cut() -> None:
    """A pasted page is searched by its first words."""
    query = parse_query(" ".join(f"word{i}" for i in range(500)), ANALYZER)
    assert [word.surface for word in query.words] == [f"word{i}" for i in range(MAX_WORDS)]
