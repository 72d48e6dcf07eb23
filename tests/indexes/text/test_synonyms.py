"""Tests synonyms: both ways, one way, phrases, and being kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexes.errors import DamagedSnapshot
from indexes.text.analyzer import Analyzer
from indexes.text.query import parse_query
from indexes.text.synonyms import FILE, MAX_ALTERNATIVES, Synonyms, SynonymSet

if TYPE_CHECKING:
    from pathlib import Path

ANALYZER = Analyzer()


def known(**sets: SynonymSet) -> Synonyms:
    """Return synonyms of these sets."""
    synonyms = Synonyms(ANALYZER)
    for name, one in sets.items():
        synonyms.put(name, one)
    return synonyms


def others(synonyms: Synonyms, text: str) -> list[str]:
    """Return how a query's alternatives are written."""
    return [one.surface for one in parse_query(text, ANALYZER, synonyms).alternatives]


def test_a_set_works_both_ways_and_by_stems() -> None:
    """Each word of a set finds every other, in whatever form it is typed."""
    synonyms = known(seats=SynonymSet(("couch", "sofa", "settee")))
    assert others(synonyms, "red Couches") == ["sofa", "settee"]
    assert others(synonyms, "settee") == ["couch", "sofa"]
    assert others(synonyms, "table") == []


def test_one_way_is_not_the_reverse() -> None:
    """What a word also means does not mean the word."""
    synonyms = known(phones=SynonymSet(("iphone", "pixel"), ("phone",)))
    assert others(synonyms, "iphone") == ["phone"]
    assert others(synonyms, "phone") == []


def test_phrases_stand_for_words_and_words_for_phrases() -> None:
    """A stretch of several words, stop words too, has alternatives as a whole; Chinese has too."""
    synonyms = known(
        city=SynonymSet(("ny", "new york")),
        art=SynonymSet(("state of the art", "modern")),
        pc=SynonymSet(("电脑", "計算機")),
    )
    assert others(synonyms, "new york hotel") == ["ny"]
    assert [one.stems for one in parse_query("ny", ANALYZER, synonyms).alternatives] == [("new", "york")]
    assert others(synonyms, "a state of the art icon") == ["modern"]
    assert others(synonyms, "york new") == []
    assert others(synonyms, "電腦") == ["計算機"]


def test_sets_are_replaced_and_forgotten() -> None:
    """A set put again is replaced whole; one removed is gone; an unknown one may be removed."""
    synonyms = known(a=SynonymSet(("couch", "sofa")))
    synonyms.put("a", SynonymSet(("cat", "feline")))
    assert (others(synonyms, "couch"), others(synonyms, "cat")) == ([], ["feline"])
    synonyms.remove("a")
    synonyms.remove("b")
    assert (others(synonyms, "cat"), dict(synonyms.sets)) == ([], {})


def test_alternatives_are_bounded() -> None:
    """However many synonyms there are, a query takes so many at most."""
    synonyms = known(a=SynonymSet(tuple(f"word{number}" for number in range(100))))
    assert len(others(synonyms, "word1 word2")) == MAX_ALTERNATIVES


def test_sets_come_back_as_they_were_saved(tmp_path: Path) -> None:
    """A saved state reads back equal; without a file there is nothing; damage is told."""
    synonyms = known(a=SynonymSet(("couch", "sofa")), b=SynonymSet(("iphone",), ("phone",)))
    copy = Synonyms(ANALYZER)
    copy.restore(tmp_path)
    assert list(copy.rows()) == []
    synonyms.save(tmp_path)
    copy.restore(tmp_path)
    assert list(copy.rows()) == list(synonyms.rows())
    assert others(copy, "sofa") == ["couch"]
    (tmp_path / FILE).write_bytes(b"\x91\x91")
    with pytest.raises(DamagedSnapshot):
        copy.restore(tmp_path)
