"""Recall by looks."""

import numpy as np

from app.search.branches.image import ImageBranch
from app.search.types import Like, Prepared
from tests.app.search.fakes import FakeCollection, FakeSpace, icons

SEEN = np.array([1, 0, 0, 0], np.float32)


def pictures() -> FakeCollection:
    """Return icons whose pictures lie as their words do."""
    collection = icons()
    collection.spaces["image"] = FakeSpace(dict(collection.text.rows))
    return collection


def test_it_recalls_what_looks_alike() -> None:
    """The nearest pictures come first, for words, a picture, and an item, which does not find itself."""
    collection = pictures()
    for prepared in (
        Prepared("q", vectors={"image": SEEN}),
        Prepared(picture=b"png", vectors={"image": SEEN}),
    ):
        assert ImageBranch().why_not(collection, prepared) is None
        assert ImageBranch().recall(collection, prepared, 3, None).ordinals.tolist() == [0, 1, 2]
    like = Prepared(like=Like(0, "icon 0"), vectors={"image": collection.text.rows[0]})
    assert ImageBranch().recall(collection, like, 3, None).ordinals.tolist() == [1, 2, 3]


def test_it_says_why_it_cannot() -> None:
    """Without an encoder, without the item's picture, without anything asked."""
    collection = pictures()
    assert ImageBranch().why_not(icons(), Prepared("q")) == "no picture encoder runs here"
    assert ImageBranch().why_not(collection, Prepared()) == "there is nothing to compare with"
    assert ImageBranch().why_not(collection, Prepared(like=Like(0, "x"))) == "the item has no picture vector"
