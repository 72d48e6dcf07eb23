"""Tests that embeddings are asked for and told as OpenAI does."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from pydantic import ValidationError

from app.api.schemas.embeddings import EmbeddingBody, embeddings_json
from app.domain.errors import InvalidInput
from app.search.embeddings import Embedded


def body(**fields: object) -> EmbeddingBody:
    """Return a body with an input and a model."""
    return EmbeddingBody.model_validate({"input": "a boat", "model": "m", **fields})


def test_one_text_or_several() -> None:
    """A text is a list of one."""
    assert body().texts("m") == ["a boat"]
    assert body(input=["a", "b"]).texts("m") == ["a", "b"]


@pytest.mark.parametrize("wrong", [{"input": []}, {"input": [1, 2]}, {"encoding_format": "hex"}, {"size": 3}])
def test_what_is_not_offered_is_refused(wrong: dict[str, object]) -> None:
    """Token numbers, no text at all, and unknown names are errors of their field."""
    with pytest.raises(ValidationError) as caught:
        body(**wrong)
    assert caught.value.errors()[0]["loc"][:1] == tuple(wrong)


@pytest.mark.parametrize(
    ("wrong", "field"), [({"dimensions": 64}, "dimensions"), ({"model": "ada"}, "model")]
)
def test_what_this_encoder_cannot_do_is_named(wrong: dict[str, object], field: str) -> None:
    """Shortened vectors and another model are refused by name."""
    with pytest.raises(InvalidInput) as caught:
        body(**wrong).texts("m")
    assert caught.value.field == field


def test_vectors_are_numbers_or_their_bytes() -> None:
    """Both forms say the same."""
    found = Embedded(np.array([[0.5, -1.0], [0.25, 2.0]], np.float32), 7)
    told = embeddings_json(found, body())
    assert [row["embedding"] for row in told["data"]] == [[0.5, -1.0], [0.25, 2.0]]
    assert (told["usage"], told["object"]) == ({"prompt_tokens": 7, "total_tokens": 7}, "list")
    packed = embeddings_json(found, body(encoding_format="base64"))["data"][1]["embedding"]
    assert np.frombuffer(base64.b64decode(packed), "<f4").tolist() == [0.25, 2.0]
