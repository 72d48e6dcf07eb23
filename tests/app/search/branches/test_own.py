"""Recall by the callers' own vectors."""

import numpy as np

from app.search.branches import make_branches
from app.search.branches.own import OwnVectorsBranch
from app.search.types import Like, Prepared
from tests.app.search.fakes import FakeSpace, icons


def test_it_recalls_the_nearest_of_its_field() -> None:
    """The vector sent for the field, or the item's own, finds the nearest of that field."""
    collection = icons()
    collection.spaces["vector:style"] = FakeSpace(dict(collection.text.rows))
    branch = OwnVectorsBranch("style", "cosine")
    sent = Prepared(vectors={"vector:style": np.array([1, 0, 0, 0], np.float32)})
    assert branch.recall(collection, sent, 2, None).ordinals.tolist() == [0, 1]
    like = Prepared(like=Like(1, "icon 1"), vectors={"vector:style": collection.text.rows[1]})
    assert branch.recall(collection, like, 2, None).ordinals.tolist() == [2, 0]


def test_its_scale_follows_the_metric() -> None:
    """A cosine has ends; inner products and distances have none."""
    branches = make_branches({"style": "cosine", "colour": "l2"})
    assert (branches["vector:style"].floor, branches["vector:style"].ceiling) == (0.0, 1.0)
    assert (branches["vector:colour"].floor, branches["vector:colour"].ceiling) == (None, None)


def test_it_says_why_it_cannot() -> None:
    """Without a vector for it, and when the item has none."""
    branch = OwnVectorsBranch("style", "ip")
    assert branch.why_not(icons(), Prepared("q")) == "no vector was sent for it"
    assert branch.why_not(icons(), Prepared(like=Like(0, "x"))) == "the item has no such vector"
