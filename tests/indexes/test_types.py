"""Tests the records every index agrees on."""

from __future__ import annotations

import dataclasses

import pytest

from indexes.types import Delete, Put, Record


def test_records_cannot_be_changed() -> None:
    """What is published never changes: a record, a put and a delete are frozen."""
    record = Record("a")
    for made, field in ((record, "title"), (Put(1, record), "lsn"), (Delete(2, "a"), "id")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, field, "b")


def test_equal_records_are_equal() -> None:
    """Two records of equal fields are one value: an upsert of the same is no change."""
    assert Record("a", attributes={"x": ("1",)}) == Record("a", attributes={"x": ("1",)})
    assert Record("a", title="t") != Record("a")
