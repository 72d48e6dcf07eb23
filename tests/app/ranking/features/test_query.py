"""Features of the question say what was asked."""

from __future__ import annotations

from app.ranking.features.query import (
    query_chars,
    query_corrected,
    query_coverage,
    query_east_asian,
    query_like,
    query_scripts,
    query_words,
)
from app.ranking.features.scene import Asked
from tests.app.ranking.features.scenes import scene


def test_a_question_is_told_by_length_script_and_kind() -> None:
    """A corrected Chinese question for more like an item is told as just that."""
    told = scene(Asked("红色的马", frozenset({"红色", "马"}), frozenset({"CJK"}), corrected=True, like=True))
    assert (query_chars(told), query_words(told), query_scripts(told)) == (4.0, 2.0, 1.0)
    assert (query_east_asian(told), query_corrected(told), query_like(told)) == (1.0, 1.0, 1.0)
    plain = scene(Asked("horse", coverage=0.25))
    assert (query_east_asian(plain), query_corrected(plain), query_like(plain)) == (0.0, 0.0, 0.0)
    assert query_coverage(plain) == 0.25
