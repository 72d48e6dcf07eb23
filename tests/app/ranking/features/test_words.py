"""Word features count what query and item share."""

from __future__ import annotations

import numpy as np

from app.ranking.features import words
from app.ranking.features.scene import Asked
from tests.app.ranking.features.scenes import listed, scene


def test_coverage_is_the_share_of_the_query_and_overlap_that_of_the_title() -> None:
    """`red horse` covers a title wholly, another by half, and a longer title is less about it."""
    told = scene()
    assert np.asarray(words.title_coverage(told)).tolist() == [1.0, 0.0, 0.5]
    assert np.asarray(words.title_overlap(told)).tolist() == [1.0, 0.0, 1 / 3]
    assert np.asarray(words.tag_coverage(told)).tolist() == [0.5, 0.0, 0.0]
    assert np.asarray(words.text_coverage(told)).tolist() == [0.5, 0.0, 0.0]


def test_a_question_without_words_covers_nothing() -> None:
    """The front page shares no word with anybody."""
    told = scene(Asked())
    assert (words.title_coverage(told), words.title_overlap(told)) == (0.0, 0.0)


def test_an_exact_title_is_what_fusion_says() -> None:
    """The flag is the list's own."""
    told = scene(ranked=listed({"term": {0: 3.0, 1: 2.0}}, exact=[1]))
    assert np.asarray(words.exact_title(told)).tolist() == [True, False]
    assert told.ranked.ordinals.tolist() == [1, 0]
