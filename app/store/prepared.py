"""Holds an append made ready for the writer thread: bodies as compact JSON text, sizes counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.bodies import compact_json
from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.log import Blob, Claim, Kind, NewRow


class PreparedRow(NamedTuple):
    """One row: `text` is its body as JSON; `body` is kept for the columns a table takes from it."""

    kind: Kind
    key: str
    text: str
    body: Any
    erases: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The rows of one append, the blobs they need and the claim they are written under."""

    rows: tuple[PreparedRow, ...]
    blobs: tuple[Blob, ...]
    claim: Claim | None
    size_bytes: int


def prepare(rows: Sequence[NewRow], claim: Claim | None = None) -> Prepared:
    """Encode rows. Raises InvalidInput for a body that is no JSON or a text that is no Unicode."""
    ready = tuple(_ready(row) for row in rows)
    blobs = tuple({blob.digest: blob for row in rows for blob in row.blobs}.values())
    size = sum(len(row.text) for row in ready) + sum(len(blob.content) for blob in blobs)
    return Prepared(ready, blobs, claim, size)


def _ready(row: NewRow) -> PreparedRow:
    try:
        row.key.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("id", "an id with a lone surrogate is no Unicode and cannot be stored") from error
    if "\0" in row.key:
        raise InvalidInput("id", "an id with a NUL cannot be stored")
    text = compact_json(row.body) if row.text is None else row.text
    return PreparedRow(row.kind, row.key, text, row.body, row.erases)
