"""Turns the body of a row into the compact JSON text that is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

# One for all: making it costs as much as using it.
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def compact_json(body: Mapping[str, Any]) -> str:
    """Return JSON without spaces that is valid UTF-8.

    Raises InvalidInput for values JSON does not have (NaN, infinities, objects) and for text with
    lone surrogates.
    """
    try:
        text = ENCODER.encode(body)
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("body", "text with a lone surrogate is no Unicode and cannot be stored") from error
    except (TypeError, ValueError) as error:
        raise InvalidInput("body", f"not a JSON value: {error}") from error
    return text
