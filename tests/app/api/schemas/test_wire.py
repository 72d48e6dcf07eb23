"""Tests what every shape on the wire has in common."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from app.api.schemas.wire import Place, read_base64
from app.domain.errors import InvalidInput


def test_unknown_fields_and_impossible_numbers_are_refused() -> None:
    """A shape has exactly its fields, and numbers are finite and in range."""
    for bad in ({"lat": 1, "lon": 2, "alt": 3}, {"lat": float("nan"), "lon": 0}, {"lat": 90.01, "lon": 0}):
        with pytest.raises(ValidationError):
            Place.model_validate(bad)


def test_base64_is_read_plain_or_from_a_data_url() -> None:
    """Both forms give the same bytes; what is neither is refused by the field's name."""
    encoded = base64.b64encode(b"bytes").decode()
    assert read_base64("image.b64", encoded) == b"bytes"
    assert read_base64("image.b64", f"data:image/png;base64,{encoded}") == b"bytes"
    with pytest.raises(InvalidInput) as caught:
        read_base64("image.b64", "no base64!")
    assert caught.value.field == "image.b64"
