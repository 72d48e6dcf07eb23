"""Tests that an explanation is written as a tree with its leaves."""

from __future__ import annotations

from app.domain.search import Explanation


def test_an_explanation_tells_its_children_and_leaves_out_what_is_empty() -> None:
    """A node without value or children has neither in its body."""
    tree = Explanation("score", 3.0, children=(Explanation("a", 1.0, 7.5), Explanation("b", 2.0)))
    assert tree.to_body() == {
        "name": "score",
        "contribution": 3.0,
        "children": [{"name": "a", "contribution": 1.0, "value": 7.5}, {"name": "b", "contribution": 2.0}],
    }
