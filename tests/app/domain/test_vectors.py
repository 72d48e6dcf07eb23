"""Tests what a vector field takes."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.domain.vectors import VectorField, check_fields, check_vector

FIELDS = {"style": VectorField(3), "colour": VectorField(2, "l2")}


@pytest.mark.parametrize(
    ("name", "vector", "why"),
    [
        ("shape", [1.0], "no vector field of this service; there are: colour, style"),
        ("style", [1.0, 2.0], "3 numbers are wanted here, not of 2"),
        ("style", [0.0, 0.0, 0.0], "points nowhere"),
        ("colour", [1e30, 0.0], "at most"),
    ],
)
def test_a_wrong_vector_is_refused_by_name(name: str, vector: list[float], why: str) -> None:
    """An unknown field, another dimension, zeros by cosine and too large numbers are told by place."""
    with pytest.raises(InvalidInput, match=why) as refused:
        check_vector(FIELDS, f"embeddings.{name}", name, vector)
    assert refused.value.field == f"embeddings.{name}"


def test_good_vectors_pass() -> None:
    """By distance zeros are a place like any other."""
    check_vector(FIELDS, "vectors.style", "style", [0.0, 1.0, 0.0])
    check_vector(FIELDS, "vectors.colour", "colour", [0.0, 0.0])


@pytest.mark.parametrize(
    "fields",
    [
        {"Style!": VectorField(3)},
        {"style": VectorField(0)},
        {"style": VectorField(9_000)},
        {f"f{number}": VectorField(1) for number in range(17)},
    ],
)
def test_fields_that_cannot_be_served_are_refused(fields: dict[str, VectorField]) -> None:
    """A name that no URL or branch could carry, a dimension out of range, and too many fields."""
    with pytest.raises(ValueError, match=r"vector"):
        check_fields(fields)
    check_fields(FIELDS)
