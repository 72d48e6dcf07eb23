"""Texts are embedded for callers in order, whole or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.search.embeddings import CHUNK, Embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


class Letters:
    """Encodes a text as its number of letters, and remembers how much it was given at once."""

    name = "letters"
    max_tokens = 5

    def __init__(self) -> None:
        self.given: list[int] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.given.append(len(texts))
        return np.array([[len(text)] for text in texts], np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]


def test_vectors_come_in_order_and_tokens_are_counted() -> None:
    """Many texts go through the encoder a chunk at a time and come back in the order they came."""
    encoder, texts = Letters(), ["x" * n for n in range(1, CHUNK + 8)]
    found = asyncio.run(Embeddings(encoder).embed(texts))
    assert found.vectors[:, 0].tolist() == list(range(1, CHUNK + 8))
    assert found.num_tokens == 3 * len(texts)
    assert encoder.given == [CHUNK, 7]


@pytest.mark.parametrize("wrong", [" ", "a b c d"])
def test_what_would_be_cut_is_refused(wrong: str) -> None:
    """An empty text, or one longer than the encoder reads, is named by its place."""
    with pytest.raises(InvalidInput) as refusal:
        asyncio.run(Embeddings(Letters()).embed(["a", wrong]))
    assert refusal.value.field == "input[1]"


def test_without_an_encoder_words_are_counted_and_nothing_is_embedded() -> None:
    """A node that searches by words alone says so."""
    nobody = Embeddings(None)
    assert (nobody.model, asyncio.run(nobody.count_tokens(["a b", ""]))) == (None, [2, 0])
    with pytest.raises(Unavailable):
        asyncio.run(nobody.embed(["a"]))
