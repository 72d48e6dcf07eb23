"""Shapes a set of synonyms on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from app.api.schemas.wire import Wire
from app.domain.synonyms import MAX_CHARACTERS, MAX_WORDS, Synonyms

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS)]


class SynonymsBody(Wire):
    """Words that mean the same, each for every other; with `to`, words that also mean others."""

    words: list[Phrase] = Field(min_length=1, max_length=MAX_WORDS)
    to: list[Phrase] = Field(default=[], max_length=MAX_WORDS, description="One way: `words` find these too.")

    @model_validator(mode="after")
    def _say_something(self) -> SynonymsBody:
        if not self.to and len(set(self.words)) < 2:
            message = "synonyms are two words at least, or words and what they mean in `to`"
            raise ValueError(message)
        return self

    def to_synonyms(self) -> Synonyms:
        """Return the use case's own record."""
        return Synonyms(tuple(self.words), tuple(self.to))
