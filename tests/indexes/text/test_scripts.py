"""Tests normalising, folding and cutting into runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.text.scripts import Writing, fold, normalise, runs


@pytest.mark.parametrize(
    ("text", "normal", "folded"),
    [
        ("  Héllo\tWÖRLD ", "héllo wörld", "hello world"),
        ("\uff26\uff35\uff2c\uff2c width ①", "full width 1", "full width 1"),
        ("Straße", "strasse", "strasse"),
        ("Ọjà", "ọjà", "oja"),
        ("Don\u2019t", "don't", "don't"),
        ("Йогурт", "йогурт", "иогурт"),
        ("ガラス", "ガラス", "ガラス"),
        ("हिन्दी", "हिन्दी", "हिन्दी"),
        ("كِتَاب", "كِتَاب", "كتاب"),
    ],
)
def test_text_is_normalised_and_folded(text: str, normal: str, folded: str) -> None:
    """Case, width and blanks go when normalised; diacritics only when folded, and never letters."""
    assert normalise(text) == normal
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    """What is folded stays as it is, so that stored and typed text meet."""
    assert fold(fold(text)) == fold(text)


def test_each_writing_is_told_apart() -> None:
    """A mixed text is cut where the writing changes, with the places of the runs."""
    text = "icon南京ラーメン สวัสดี हिन्दी a_b don't"
    assert [(w, run) for w, run, _ in runs(text)] == [
        (Writing.SPACED, "icon"),
        (Writing.HAN, "南京"),
        (Writing.UNSPACED, "ラーメン"),
        (Writing.UNSPACED, "สวัสดี"),
        (Writing.SPACED, "हिन्दी"),
        (Writing.SPACED, "a"),
        (Writing.SPACED, "b"),
        (Writing.SPACED, "don't"),
    ]
    assert all(text[start:].startswith(run) for _, run, start in runs(text))


@given(st.text(st.sampled_from("ab1 _'-"), max_size=20))
def test_plain_text_is_cut_as_any_other(text: str) -> None:
    """The short way for plain letters gives what the general way gives."""
    general = [(run, start) for _, run, start in runs(text + " é")]
    assert [(run, start) for _, run, start in runs(text)] == general[:-1]


def test_traditional_chinese_is_folded_to_simplified() -> None:
    """Both ways of writing become one, character by character, and nothing else of the text moves."""
    assert fold("個人電腦 Café") == fold("个人电脑 cafe")
    assert fold("後臺資料庫") == "后台资料库"
    assert len(fold("乾坤 範例")) == 5
