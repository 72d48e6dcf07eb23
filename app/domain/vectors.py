"""Holds what a vector field is: a caller's own vectors, of one dimension, compared in one way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Metric = Literal["cosine", "ip", "l2"]
MAX_DIM = 8_192
MAX_FIELDS = 16
FIELD_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LARGEST = 1e18  # its square is still a float32


@dataclass(frozen=True, slots=True)
class VectorField:
    """How many numbers a vector of the field has, and by what two are compared."""

    dim: int
    metric: Metric = "cosine"


def check_fields(fields: Mapping[str, VectorField]) -> None:
    """Raise ValueError for a field that cannot be served."""
    if len(fields) > MAX_FIELDS:
        raise ValueError(f"there are at most {MAX_FIELDS} vector fields")
    for name, field in fields.items():
        if not FIELD_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a vector field: letters, digits, - and _")
        if not 1 <= field.dim <= MAX_DIM:
            raise ValueError(f"a vector of {name!r} has 1 to {MAX_DIM} numbers, not {field.dim}")


def check_vector(fields: Mapping[str, VectorField], where: str, name: str, vector: Sequence[float]) -> None:
    """Raise InvalidInput naming `where` when this is no vector of the field of that name."""
    field = fields.get(name)
    if field is None:
        known = ", ".join(sorted(fields)) or "none"
        raise InvalidInput(where, f"{name!r} is no vector field of this service; there are: {known}")
    if len(vector) != field.dim:
        message = f"vectors of {field.dim} numbers are wanted here, not of {len(vector)}"
        raise InvalidInput(where, message)
    if max(map(abs, vector)) > LARGEST:
        raise InvalidInput(where, f"a number of a vector is at most {LARGEST:g}")
    if field.metric == "cosine" and not any(vector):
        raise InvalidInput(where, "by cosine a vector of zeros points nowhere")
