"""Writes a view of activity to files, reads it back and hashes it; the format is versioned."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgpack
import numpy as np
import numpy.typing as npt

from indexes.behavior.acts import CODES, DTYPES
from indexes.errors import DamagedSnapshot, UnsupportedFormat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT_VERSION = 1
OLDEST_READABLE = 1
FACTS = "activity.msgpack"

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """All that a view of activity holds; `arrays` are its columns, numbers of names in `tables`."""

    lsn: int = 0
    num_events: int = 0
    arrays: Arrays = field(default_factory=lambda: {n: np.zeros(0, DTYPES[c]) for n, c in CODES.items()})
    tables: Mapping[str, list[str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    barred: Mapping[str, list[str]] = field(default_factory=dict)
    profiles: Mapping[str, Any] = field(default_factory=dict)


def write(directory: Path, state: State) -> None:
    """Write the state into an existing directory."""
    for name, column in state.arrays.items():
        np.save(directory / f"{name}.npy", column, allow_pickle=False)
    facts = {
        "format": FORMAT_VERSION,
        "lsn": state.lsn,
        "num_events": state.num_events,
        "tables": dict(state.tables),
        "owners": dict(state.owners),
        "barred": dict(state.barred),
        "profiles": dict(state.profiles),
    }
    (directory / FACTS).write_bytes(msgpack.packb(facts))


def read(directory: Path) -> State:
    """Read back what `write` wrote; raises UnsupportedFormat or DamagedSnapshot."""
    try:
        facts = msgpack.unpackb((directory / FACTS).read_bytes())
        version = int(facts.pop("format"))
        if not OLDEST_READABLE <= version <= FORMAT_VERSION:
            raise UnsupportedFormat(version, OLDEST_READABLE, FORMAT_VERSION)
        arrays = {name: np.load(directory / f"{name}.npy", allow_pickle=False) for name in CODES}
        return State(arrays=arrays, **facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedSnapshot(f"the activity cannot be read: {error}") from error


def digest(state: State) -> str:
    """Return the SHA-256 (hex) of what is known, by names: nothing of their numbers enters."""
    sha = hashlib.sha256(msgpack.packb([state.num_events]))
    for facts in (state.owners, {k: sorted(v) for k, v in state.barred.items()}, state.profiles):
        sha.update(msgpack.packb([[key, facts[key]] for key in sorted(facts)]))
    told = {name: [*texts, None] for name, texts in state.tables.items()}  # NOBODY is the last
    columns = [
        [told[name][number] for number in column.tolist()] if name in told else column.tolist()
        for name, column in state.arrays.items()
    ]
    for row in zip(*columns, strict=True):
        sha.update(msgpack.packb(row))
    return sha.hexdigest()
