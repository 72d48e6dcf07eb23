"""Writes records to a file and reads them back, and hashes what a collection holds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgpack

from indexes.errors import DamagedSnapshot
from indexes.types import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

RECORDS = "records.msgpack"
IDS = "ids.msgpack"


def pack(record: Record) -> bytes:
    """Return the record as bytes; equal records give equal bytes."""
    return bytes(msgpack.packb(_row(record)))


def write(directory: Path, ids: list[str], records: Iterable[tuple[int, Record]]) -> None:
    """Write every id ever given an ordinal, and the living records with theirs."""
    (directory / IDS).write_bytes(msgpack.packb(ids))
    with (directory / RECORDS).open("wb") as file:
        for ordinal, record in records:
            file.write(msgpack.packb([ordinal, *_row(record)]))


def read_ids(directory: Path) -> list[str]:
    """Read the ids back, in the order of their ordinals; raises DamagedSnapshot."""
    try:
        return list(msgpack.unpackb((directory / IDS).read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise DamagedSnapshot(f"ids cannot be read: {error}") from error


def read_records(directory: Path) -> Iterator[tuple[int, Record]]:
    """Yield the living records with their ordinals; raises DamagedSnapshot."""
    try:
        with (directory / RECORDS).open("rb") as file:
            for ordinal, *row in msgpack.Unpacker(file):
                yield ordinal, _record(row)
    except (OSError, ValueError, TypeError) as error:
        raise DamagedSnapshot(f"records cannot be read: {error}") from error


def digest(
    num_ordinals: int,
    records: Iterable[tuple[int, Record]],
    spaces: Mapping[str, Iterable[tuple[int, npt.NDArray[np.float32]]]],
    synonyms: Iterable[tuple[str, list[str], list[str]]] = (),
) -> str:
    """Return the SHA-256 (hex) of records and vectors by ordinal, and of synonyms by name.

    Nothing of how they are stored enters.
    """
    sha = hashlib.sha256(msgpack.packb(num_ordinals))
    for ordinal, record in records:
        sha.update(msgpack.packb([ordinal, pack(record)]))
    for name in sorted(spaces):
        sha.update(msgpack.packb(name))
        for ordinal, vector in spaces[name]:
            sha.update(msgpack.packb([ordinal, vector.astype("<f4").tobytes()]))
    for row in synonyms:
        sha.update(msgpack.packb(row))
    return sha.hexdigest()


def _row(record: Record) -> list[Any]:
    return [
        record.id,
        record.title,
        record.text,
        list(record.tags),
        record.category,
        {name: _plain(record.attributes[name]) for name in sorted(record.attributes)},
        record.language,
        record.location and list(record.location),
        record.popularity,
        record.created_at,
        record.origin,
        record.has_picture,
    ]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _record(row: list[Any]) -> Record:
    (key, title, text, tags, category, attributes, language, location, popularity, created, origin, has) = row
    return Record(
        id=key,
        title=title,
        text=text,
        tags=tuple(tags),
        category=category,
        attributes={k: tuple(v) if isinstance(v, list) else v for k, v in attributes.items()},
        language=language,
        location=location and (location[0], location[1]),
        popularity=popularity,
        created_at=created,
        origin=origin,
        has_picture=has,
    )
