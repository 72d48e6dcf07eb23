"""Tests the record of a set of synonyms."""

from app.domain.synonyms import Synonyms


def test_a_set_comes_back_from_its_body() -> None:
    """What the log keeps reads back equal, both ways and one way."""
    for one in (Synonyms(("a", "b")), Synonyms(("a",), ("b", "c"))):
        assert Synonyms.from_body(one.to_body()) == one
    assert Synonyms(("a", "b")).to_body() == {"words": ["a", "b"]}
