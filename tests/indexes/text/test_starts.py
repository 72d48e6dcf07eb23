"""Tests the tables of places where typing may begin."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.text.starts import FreshStarts, Starts, rests

PHRASES = st.dictionaries(
    st.lists(st.sampled_from(["hair", "dry", "dryer", "horse", "hot"]), min_size=1, max_size=3).map(" ".join),
    st.integers(1, 5).map(float),
    max_size=8,
)


def test_typing_may_begin_at_any_word() -> None:
    """A phrase is entered from each word on; without blanks at each character, Chinese in pinyin too."""
    assert rests("hair-dryer 2") == ["hair-dryer 2", "dryer 2", "2"]
    assert rests("ไทย")[0] == "ไทย"
    assert rests("长江 x") == ["长江 x", "江 x", "x", "changjiang x", "cj x", "jiang x", "j x"]
    assert rests("(a)") == ["(a)", "a)"]


@settings(max_examples=50, deadline=None)
@given(PHRASES, st.sampled_from(["h", "ha", "dry", "dryer", "x"]), st.integers(1, 3), st.data())
def test_the_best_are_among_those_given(
    weights: dict[str, float], prefix: str, limit: int, data: st.DataObject
) -> None:
    """The best phrases that begin so, hidden ones left out, are all returned."""
    hidden = data.draw(st.sets(st.sampled_from(sorted(weights)))) if weights else set()
    starts = Starts(sorted((rest, key) for key in weights for rest in rests(key)), weights)
    found = starts.best(prefix, limit, hidden)
    pairs = [(rest, key) for key in weights for rest in rests(key) if key not in hidden]
    matching = sorted(
        (pair for pair in pairs if pair[0].startswith(prefix)),
        key=lambda pair: (pair[0] != pair[1], -weights[pair[1]], pair),
    )
    best = list(dict.fromkeys(key for _, key in matching))[:limit]
    assert set(found) <= set(matching)
    assert set(best) <= {key for _, key in found}


def test_fresh_phrases_are_found_at_once() -> None:
    """A phrase entered by itself is found by each of its words."""
    fresh = FreshStarts()
    fresh.add("hair dryer")
    fresh.add("dry")
    assert fresh.beginning("dry") == [("dry", "dry"), ("dryer", "hair dryer")]
    assert fresh.beginning("hair d") == [("hair dryer", "hair dryer")]
    assert fresh.beginning("z") == []
