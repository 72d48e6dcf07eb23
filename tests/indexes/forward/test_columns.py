"""Tests the columns against an evaluator that reads one record at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.forward.columns import Columns
from indexes.forward.filters import All, Exists, Filter, In, Not, WithinKm, parse_filter
from indexes.ordinals import Ordinals
from indexes.types import Record
from tests.indexes.forward.brute import holds
from tests.indexes.forward.made import FIELDS, FILTERS, records


def filled(held: list[Record | None]) -> Columns:
    """Return columns in which each place has its record."""
    ordinals = Ordinals()
    columns = Columns(ordinals.get)
    for record in held:
        if record is not None:
            columns.put(ordinals.add(record.id), record)
    return columns


def passing(columns: Columns, tree: Filter) -> list[int]:
    """Return the ordinals for which the filter holds."""
    return [int(ordinal) for ordinal in np.flatnonzero(columns.compile(tree))]


@settings(max_examples=60, deadline=None)
@given(st.lists(records(st.just("")), max_size=8), FILTERS)
def test_a_filter_holds_where_it_holds_for_the_record(made: list[Record], tree: Filter) -> None:
    """Whatever the records and the filter, the mask is what reading record by record gives."""
    held = [replace(record, id=f"i{place}") for place, record in enumerate(made)]
    assert passing(filled(list(held)), tree) == [i for i, record in enumerate(held) if holds(tree, record)]


@settings(max_examples=60, deadline=None)
@given(st.lists(records(st.sampled_from(["p", "q", "r"])), max_size=12), FILTERS)
def test_an_update_leaves_nothing_of_what_it_replaced(puts: list[Record], tree: Filter) -> None:
    """After any updates a filter sees only the newest record of each id."""
    newest = {record.id: record for record in puts}
    columns = filled(list(puts))
    assert passing(columns, tree) == [i for i, record in enumerate(newest.values()) if holds(tree, record)]


@settings(max_examples=60, deadline=None)
@given(st.lists(records(st.just("")), max_size=10), FIELDS)
def test_facets_equal_a_count_by_hand(made: list[Record], field: str) -> None:
    """A facet counts each record once for each of its values, frequent ones first, then by value."""
    if field == "id":
        return
    held = [replace(record, id=f"i{place}") for place, record in enumerate(made)]
    facets = filled(list(held)).facets(np.arange(len(held), dtype=np.int32), field)
    for value, count in facets:
        assert count == sum(holds(In(field, (value,)), record) for record in held)
    assert [count for _, count in facets] == sorted((count for _, count in facets), reverse=True)
    assert any(facets) == any(holds(Exists(field), record) for record in held)


def test_true_is_not_one() -> None:
    """Kinds never equal each other: `true`, 1 and "1" are three values."""
    columns = filled([Record("a", attributes={"x": True}), Record("b", attributes={"x": 1.0})])
    assert passing(columns, In("attributes.x", (True,))) == [0]
    assert passing(columns, In("attributes.x", (1.0,))) == [1]
    assert passing(columns, In("attributes.x", ("1",))) == []


def test_an_absent_field_passes_its_negation() -> None:
    """`not eq` holds for a record that lacks the field, as the filter's documentation says."""
    columns = filled([Record("a", category="red"), Record("b")])
    assert passing(columns, Not(In("category", ("red",)))) == [1]


def test_a_radius_reaches_over_the_date_line() -> None:
    """Two places on either side of 180 degrees are near each other; one without a place is nowhere."""
    columns = filled([Record("a", location=(0.0, 179.9)), Record("b", location=(0.0, 0.0)), Record("c")])
    assert passing(columns, WithinKm(0.0, -179.9, 25.0)) == [0]
    assert passing(columns, Not(WithinKm(0.0, -179.9, 25.0))) == [1, 2]


def test_forgotten_ordinals_have_no_values() -> None:
    """After a removal no filter on a value finds the ordinal, and no facet counts it."""
    columns = filled([Record("a", tags=("t",), attributes={"x": 2.0}), Record("b", tags=("t",))])
    columns.remove(0)
    assert passing(columns, In("tags", ("t",))) == [1]
    assert passing(columns, Exists("attributes.x")) == []
    assert columns.facets(np.asarray([0, 1], np.int32), "tags") == [("t", 1)]


def test_filters_read_from_json_compile() -> None:
    """A tree read from its JSON form selects what it says."""
    columns = filled([Record("a", popularity=1.0, tags=("x",)), Record("b", popularity=3.0, tags=("x", "y"))])
    tree = parse_filter({"all": [{"eq": {"tags": "x"}}, {"gte": {"popularity": 2}}]})
    assert passing(columns, tree) == [1]
    assert passing(columns, All(())) == [0, 1]


@pytest.mark.parametrize("field", ["id", "origin", "has_picture"])
def test_every_record_has_the_fields_that_cannot_be_absent(field: str) -> None:
    """`exists` holds for every record on fields that always have a value."""
    assert passing(filled([Record("a")]), Exists(field)) == [0]
