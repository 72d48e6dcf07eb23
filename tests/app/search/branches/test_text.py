"""Recall by meaning."""

import numpy as np

from app.search.branches.text import TextBranch
from app.search.types import Like, Prepared
from tests.app.search.fakes import icons


def test_it_recalls_the_nearest() -> None:
    """The vector's nearest items come first."""
    collection = icons()
    prepared = Prepared("q", vectors={"text": np.array([1, 0, 0, 0], np.float32)})
    assert TextBranch().recall(collection, prepared, 3, None).ordinals.tolist() == [0, 1, 2]


def test_an_item_is_not_like_itself() -> None:
    """Like an item, the item is left out and the depth is still filled."""
    collection = icons()
    prepared = Prepared(like=Like(0, "icon 0"), vectors={"text": collection.text.rows[0]})
    assert TextBranch().recall(collection, prepared, 3, None).ordinals.tolist() == [1, 2, 3]


def test_it_says_why_it_cannot() -> None:
    """Without a text space, without the item's vector, without anything asked."""
    collection = icons()
    assert TextBranch().why_not(collection, Prepared()) == "there is nothing to compare with"
    like = Prepared(like=Like(0, "icon 0"))
    assert TextBranch().why_not(collection, like) == "the item has no text vector"
    collection.spaces.clear()
    assert TextBranch().why_not(collection, Prepared("q")) == "this collection has no text vectors"
