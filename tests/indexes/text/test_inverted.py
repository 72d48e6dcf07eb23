"""Tests the inverted index: what it finds, in which order, and within which mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.text.inverted import NARROW

if TYPE_CHECKING:
    from tests.indexes.text.conftest import Terms


def test_a_title_counts_more_than_a_tag_than_a_text(terms: Terms) -> None:
    """The same word ranks by the field it stands in."""
    terms.put(0, text="horse", title="filler", tags=("other",))
    terms.put(1, tags=("horse",), title="filler", text="other")
    terms.put(2, title="horse", tags=("filler",), text="other")
    terms.branch.publish()
    assert terms.find("horses") == [2, 1, 0]


def test_equal_scores_are_ordered_by_ordinal_at_every_cut(terms: Terms) -> None:
    """Among many equal titles the smallest ordinals are returned, though put in another order."""
    for ordinal in reversed(range(200)):
        terms.put(ordinal, title="red horse")
        if ordinal % 60 == 0:
            terms.branch.publish()
    terms.branch.publish()
    for k in (1, 7, 150, 300):
        assert terms.find("horse", k) == list(range(min(k, 200)))


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.002])
def test_a_filter_never_shortens_the_list(terms: Terms, share: float) -> None:
    """Within a mask of any size the list is min(k, matches) long and is the unfiltered list, masked."""
    rng = np.random.default_rng(3)
    words = ["red", "blue", "horse", "arrow", "heart"]
    for ordinal in range(1_500):
        terms.put(ordinal, title=" ".join(rng.choice(words, 3)), text=" ".join(rng.choice(words, 2)))
    terms.branch.publish()
    mask = rng.random(1_500) < share
    assert (np.count_nonzero(mask) > NARROW) == (share == 0.5)
    query = terms.branch.parse("red horse")
    everything = terms.branch.search(query, 1_500)
    expected = [o for o in everything.ordinals.tolist() if mask[o]]
    for k in (1, 10, 1_000):
        assert terms.branch.search(query, k, mask).ordinals.tolist() == expected[:k]


def test_ordinals_younger_than_the_mask_are_left_out(terms: Terms) -> None:
    """A mask made before a record came does not let it in; an empty mask lets nothing in."""
    terms.put(0, title="horse")
    terms.put(1, title="horse")
    terms.branch.publish()
    query = terms.branch.parse("horse")
    assert terms.branch.search(query, 5, np.ones(1, np.bool_)).ordinals.tolist() == [0]
    assert terms.branch.search(query, 5, np.ones(0, np.bool_)).ordinals.tolist() == []


def test_updates_and_removals_are_seen_after_publishing(terms: Terms) -> None:
    """Until published nothing changes; afterwards only the newest text is found."""
    terms.put(0, title="horse")
    terms.branch.publish()
    terms.put(0, title="arrow")
    terms.put(1, title="horse")
    terms.remove(1)
    assert terms.find("horse") == [0]
    terms.branch.publish()
    assert terms.find("horse") == []
    assert terms.find("arrow") == [0]


def test_typos_find_but_never_outrank(terms: Terms) -> None:
    """A misspelt word finds what it meant, below everything that has a whole word of the query."""
    terms.put(0, title="horse")
    terms.put(1, text="a very long text about a red thing and much else, blue or green or grey")
    terms.put(2, title="hearth")
    terms.put(3, title="heart heart heart")
    terms.branch.publish()
    assert terms.find("hosre") == [0]
    assert terms.find("red hosre") == [1, 0]
    assert terms.find("heart") == [3, 2]
    scores = terms.branch.search(terms.branch.parse("heart"), 5).scores
    assert scores[0] > scores[1] > 0


def test_short_words_have_no_lookalikes(terms: Terms) -> None:
    """`car` does not find `card`: a word of three letters shares its edges with too many."""
    terms.put(0, title="card")
    terms.put(1, title="car")
    terms.branch.publish()
    assert terms.find("car") == [1]


def test_an_unfinished_word_finds_what_it_may_become(terms: Terms) -> None:
    """With `prefix` the last word matches longer words; a whole word still ranks above them."""
    terms.put(0, title="arrangement")
    terms.put(1, title="arrow")
    terms.put(2, title="arr")
    terms.branch.publish()
    found = terms.find("arr", prefix=True)
    assert (found[0], set(found[1:])) == (2, {0, 1})
    assert terms.find("arrangi", prefix=True) == [0]
    assert terms.find("arr") == [2]


def test_a_phrase_must_stand_in_a_row(terms: Terms) -> None:
    """Quoted words match only side by side and in order, also over stop words, in any one field."""
    terms.put(0, title="red horse")
    terms.put(1, title="horse red")
    terms.put(2, tags=("red", "horse"))
    terms.put(3, text="the state of the art")
    terms.branch.publish()
    assert terms.find('"red horses"') == [0]
    assert set(terms.find("red horse")) == {0, 1, 2}
    assert terms.find('"state of the art"') == [3]
    assert terms.find('"art"') == [3]
    assert terms.find('"missing phrase"') == []


def test_chinese_is_found_by_words_parts_and_phrases(terms: Terms) -> None:
    """A word inside a longer one is found, and a quoted run as it stands."""
    terms.put(0, title="南京市长江大桥")
    terms.put(1, title="长江的水")
    terms.put(2, title="大象")
    terms.branch.publish()
    assert terms.find("大桥") == [0]
    assert set(terms.find("长江")) == {0, 1}
    assert terms.find('"长江大桥"') == [0]


def test_marks_need_not_be_typed(terms: Terms) -> None:
    """Diacritics make no difference in either direction."""
    terms.put(0, title="Ọjà Café")
    terms.branch.publish()
    assert terms.find("oja") == [0]
    assert terms.find("CAFÉ") == [0]


@pytest.mark.parametrize("text", ["", "  ", "!?", '""'])
def test_an_empty_query_finds_nothing(terms: Terms, text: str) -> None:
    """Without a word there is no match."""
    terms.put(0, title="horse")
    terms.branch.publish()
    assert terms.find(text) == []
    assert terms.find("horse", 0) == []


def test_an_empty_index_finds_nothing(terms: Terms) -> None:
    """Before anything is put a search is empty, and so it is when all is gone."""
    assert terms.find("horse") == []
    terms.put(0, title="horse")
    terms.remove(0)
    terms.branch.publish()
    assert terms.find("horse") == []
