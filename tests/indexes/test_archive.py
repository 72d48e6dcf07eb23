"""Tests that records survive the disk and that digests see everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes import archive
from indexes.errors import DamagedSnapshot
from indexes.types import Record
from tests.indexes.forward.made import records

if TYPE_CHECKING:
    from pathlib import Path

FULL = Record(
    "a",
    title="t",
    text="x",
    tags=("p", "q"),
    category="c",
    attributes={"k": "v", "n": 1.0, "b": True, "l": ("1", "2")},
    language="en",
    location=(1.0, 2.0),
    popularity=3.0,
    created_at=4.0,
    origin="generated",
    has_picture=True,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records(st.text(max_size=5)), max_size=5))
def test_records_come_back_equal(tmp_path: Path, made: list[Record]) -> None:
    """Any record, with any id, is read as it was written, with its ordinal."""
    held = list(enumerate(made))
    archive.write(tmp_path, [record.id for record in made], held)
    assert list(archive.read_records(tmp_path)) == held
    assert archive.read_ids(tmp_path) == [record.id for record in made]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "z"},
        {"title": "z"},
        {"text": "z"},
        {"tags": ("q", "p")},
        {"category": None},
        {"attributes": {}},
        {"attributes": {"k": "v", "n": 1.0, "b": 1.0, "l": ("1", "2")}},
        {"language": "de"},
        {"location": None},
        {"popularity": 0.0},
        {"created_at": None},
        {"origin": "found"},
        {"has_picture": False},
    ],
)
def test_a_digest_sees_every_field(change: dict[str, object]) -> None:
    """A record that differs in one field gives another digest."""
    other = replace(FULL, **change)  # type: ignore[arg-type]  # each change is of its field's type
    assert archive.digest(1, [(0, FULL)], {}) != archive.digest(1, [(0, other)], {})


def test_a_digest_sees_ordinals_and_vectors_but_not_the_order_of_keys() -> None:
    """Ordinals and vectors enter; the order in which attributes were given does not."""
    base = archive.digest(2, [(0, FULL)], {"s": [(0, np.ones(2, np.float32))]})
    turned = replace(FULL, attributes=dict(reversed(list(FULL.attributes.items()))))
    assert archive.digest(2, [(0, turned)], {"s": [(0, np.ones(2, np.float32))]}) == base
    assert archive.digest(2, [(1, FULL)], {"s": [(0, np.ones(2, np.float32))]}) != base
    assert archive.digest(2, [(0, FULL)], {"s": [(0, np.zeros(2, np.float32))]}) != base
    assert archive.digest(3, [(0, FULL)], {"s": [(0, np.ones(2, np.float32))]}) != base
    assert archive.digest(2, [(0, FULL)], {"t": [(0, np.ones(2, np.float32))]}) != base


def test_damage_is_told(tmp_path: Path) -> None:
    """Missing files, cut records and foreign content raise DamagedSnapshot."""
    with pytest.raises(DamagedSnapshot):
        archive.read_ids(tmp_path)
    with pytest.raises(DamagedSnapshot):
        list(archive.read_records(tmp_path))
    (tmp_path / archive.RECORDS).write_bytes(b"\x93\x01\x02\x03")
    (tmp_path / archive.IDS).write_bytes(b"\xc1")
    with pytest.raises(DamagedSnapshot):
        archive.read_ids(tmp_path)
    with pytest.raises(DamagedSnapshot):
        list(archive.read_records(tmp_path))
