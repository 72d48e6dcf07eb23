"""Recall by looks."""

import numpy as np

from app.domain.items import Item
from app.search.branches.image import EVERY_WORD, ImageBranch
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


def test_words_spare_it_where_every_picture_has_words() -> None:
    """By words it is worth its while as soon as one picture has none; a picture or an item asks it always."""
    collection = pictures()
    assert ImageBranch().spared(collection, Prepared("q")) == EVERY_WORD
    assert ImageBranch().spared(collection, Prepared(picture=b"png")) is None
    assert ImageBranch().spared(collection, Prepared(like=Like(0, "x"))) is None
    collection.put(Item(id="wordless", picture="digest", media_type="image/png"))
    assert ImageBranch().spared(collection, Prepared("q")) is None
