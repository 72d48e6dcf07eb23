"""Recall by words."""

import pytest

from app.search.branches.term import TermBranch
from app.search.types import Prepared
from tests.app.search.fakes import icons


def test_it_recalls_by_words_within_depth_and_mask() -> None:
    """The inverted index is asked for the words, as deep as planned, within the filter."""
    collection = icons()
    prepared = Prepared("icon 3", terms=collection.terms.parse("icon 3"))
    found = TermBranch().recall(collection, prepared, 2, None)
    assert found.ordinals.tolist() == [3, 0]
    from indexes.forward.filters import In

    evens = collection.compile(In("category", ("even",)))
    assert TermBranch().recall(collection, prepared, 9, evens).ordinals.tolist() == [0, 2, 4]


def test_an_unfinished_word_is_found_where_nothing_else_is() -> None:
    """When no item has the words, the last one is tried as the beginning of a longer one."""
    collection = icons(2)
    prepared = Prepared("sha", terms=collection.terms.parse("sha"))
    assert TermBranch().recall(collection, prepared, 9, None).ordinals.tolist() == [0, 1]


def test_without_words_it_has_nothing_to_do() -> None:
    """It says so, and refuses to be fired all the same."""
    assert TermBranch().why_not(icons(), Prepared("?!")) == "there are no words to look for"
    with pytest.raises(ValueError, match="without words"):
        TermBranch().recall(icons(), Prepared("?!"), 2, None)
