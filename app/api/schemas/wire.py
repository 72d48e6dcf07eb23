"""Sets what every shape on the wire has in common, and reads pictures from base64."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.domain.errors import InvalidInput
from app.domain.items import MAX_ID_BYTES

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ItemName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_BYTES)]
Vector = Annotated[list[float], Field(min_length=1, max_length=8_192)]
ShortText = Annotated[str, StringConstraints(max_length=1_000)]


class Wire(BaseModel):
    """A JSON object whose fields are exactly these."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Place(Wire):
    """Degrees north and east (WGS 84)."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


def read_base64(field: str, text: str) -> bytes:
    """Return the bytes that base64 `text` holds; a data URL's prefix is accepted. Raises InvalidInput."""
    payload = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(field, "this is not base64") from error
