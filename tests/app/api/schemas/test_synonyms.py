"""Tests the shape of synonyms on the wire."""

import pytest
from pydantic import ValidationError

from app.api.schemas.synonyms import SynonymsBody
from app.domain.synonyms import Synonyms


def test_both_ways_and_one_way() -> None:
    """Words are trimmed; `to` makes a set one-way, of a single word too."""
    assert SynonymsBody(words=[" couch ", "sofa"]).to_synonyms() == Synonyms(("couch", "sofa"))
    assert SynonymsBody(words=["iphone"], to=["phone"]).to_synonyms() == Synonyms(("iphone",), ("phone",))


@pytest.mark.parametrize("words", [[], ["couch"], ["couch", "couch"], ["couch", " "], ["x" * 201, "y"]])
def test_what_says_nothing_is_refused(words: list[str]) -> None:
    """One word, the same word twice, blanks and overlong words mean nothing."""
    with pytest.raises(ValidationError):
        SynonymsBody(words=words)
