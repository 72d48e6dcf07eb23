"""Names, once, the records and protocols that every index agrees on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = str | float | bool | tuple[str, ...]
Mask: TypeAlias = npt.NDArray[np.bool_]  # one bool an ordinal: may it be returned?


@dataclass(frozen=True, slots=True)
class Record:
    """What the indexes know about an item. `created_at` is seconds since the epoch, UTC.

    `location` is (latitude, longitude) in degrees.
    """

    id: str
    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    category: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    language: str | None = None
    location: tuple[float, float] | None = None
    popularity: float | None = None
    created_at: float | None = None
    origin: str = "found"
    has_picture: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """A record came in, or replaced the one of the same id, at this place of the log."""

    lsn: int
    record: Record


@dataclass(frozen=True, slots=True)
class Delete:
    """The record of this id went away at this place of the log."""

    lsn: int
    id: str


@dataclass(frozen=True, slots=True)
class PutSynonyms:
    """A set of synonyms came in, or replaced the one of this name; with `to` it works one way."""

    lsn: int
    name: str
    words: tuple[str, ...]
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropSynonyms:
    """The set of synonyms of this name went away."""

    lsn: int
    name: str


Change: TypeAlias = Put | Delete | PutSynonyms | DropSynonyms


@dataclass(frozen=True, slots=True)
class Matches:
    """Best first: ordinals (n,) int32 and scores (n,) float32, larger is better, ties by ordinal.

    An ordinal is the small number a collection gives an id, in log order; it never changes while
    the id lives and is never given to another id.
    """

    ordinals: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]
