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
    """A phrase is entered from each word on; scripts without blanks at each character."""
    assert rests("hair-dryer 2") == ["hair-dryer 2", "dryer 2", "2"]
    assert rests("长江 x") == ["长江 x", "江 x", "x"]
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
    matching = {key for key in weights if any(rest.startswith(prefix) for rest in rests(key))} - hidden
    best = sorted(matching, key=lambda key: (not key.startswith(prefix), -weights[key]))
    assert set(found) <= matching
    assert {(k.startswith(prefix), weights[k]) for k in best[:limit]} <= {
        (k.startswith(prefix), weights[k]) for k in found
    }
    assert len(found) >= min(limit, len(matching))


def test_fresh_phrases_are_found_at_once() -> None:
    """A phrase entered by itself is found by each of its words."""
    fresh = FreshStarts()
    fresh.add("hair dryer")
    fresh.add("dry")
    assert sorted(fresh.beginning("dry")) == ["dry", "hair dryer"]
    assert fresh.beginning("hair d") == ["hair dryer"]
    assert fresh.beginning("z") == []
