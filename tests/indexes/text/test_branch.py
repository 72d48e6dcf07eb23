"""Tests that words, titles, completion and spelling move together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.text.analyzer import Analyzer
from indexes.text.branch import TermBranch
from indexes.text.inverted import TermWeights

if TYPE_CHECKING:
    from pathlib import Path

    from tests.indexes.text.conftest import Terms


def test_all_parts_follow_a_record(terms: Terms) -> None:
    """A record put, changed and removed is so for search, titles, completion and correction."""
    terms.put(0, title="Red horse")
    terms.branch.publish()
    assert terms.branch.titles.find("red HORSE").tolist() == [0]
    assert [c.text for c in terms.branch.suggest.complete("hor", 5)] == ["Red horse"]
    assert terms.branch.suggest.correct("hosre") == "horse"
    terms.put(0, title="Blue arrow")
    terms.branch.publish()
    assert terms.branch.titles.find("red horse").tolist() == []
    assert terms.branch.suggest.complete("hor", 5) == []
    assert terms.branch.suggest.correct("hosre") is None
    terms.remove(0)
    terms.branch.publish()
    assert terms.find("arrow") == []
    assert terms.branch.suggest.complete("blue", 5) == []


def test_matched_words_are_named_in_the_querys_order(terms: Terms) -> None:
    """A hit's explanation names the words it has in any form, the unfinished one too."""
    terms.put(0, title="Red horses", text="running")
    query = terms.branch.parse("run blue horse re", prefix=True)
    assert terms.branch.matched(0, query) == ["run", "horse", "re"]
    assert terms.branch.matched(0, terms.branch.parse("hosre")) == []
    assert terms.branch.matched(9, query) == []


def test_a_saved_index_is_searched_and_written_on(terms: Terms, tmp_path: Path) -> None:
    """A copy finds what was published, takes more, and leaves the original alone."""
    terms.put(0, title="red horse")
    terms.branch.publish()
    terms.put(1, title="unpublished horse")
    saved, work = tmp_path / "saved", tmp_path / "work"
    saved.mkdir()
    work.mkdir()
    terms.branch.save(saved)
    copy = TermBranch(work, Analyzer(), terms.records.get, TermWeights(), saved)
    copy.restore(0, terms.records[0], reindex=False)
    copy.put(2, terms.records[1], None)
    copy.publish()
    assert copy.search(copy.parse("horse"), 5).ordinals.tolist() == [0, 2]
    assert terms.find("horse") == [0]
    copy.close()
