"""Tests how filters are read from JSON."""

from __future__ import annotations

import pytest

from indexes.forward.filters import (
    MAX_DEPTH,
    MAX_NODES,
    All,
    AnyOf,
    Compare,
    Exists,
    FilterError,
    In,
    Not,
    WithinKm,
    parse_filter,
)


def test_every_operator_is_read() -> None:
    """One tree with every operator becomes the records it names."""
    tree = {
        "all": [
            {"any": [{"eq": {"tags": "red"}}, {"in": {"attributes.size": [1, "big", True]}}]},
            {"not": {"exists": "category"}},
            {"lt": {"popularity": 5}},
            {"within_km": {"lat": 52.5, "lon": 13.4, "km": 10}},
        ]
    }
    assert parse_filter(tree) == All(
        (
            AnyOf((In("tags", ("red",)), In("attributes.size", (1.0, "big", True)))),
            Not(Exists("category")),
            Compare("popularity", "lt", 5.0),
            WithinKm(52.5, 13.4, 10.0),
        )
    )


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        ([], "filter"),
        ({}, "filter"),
        ({"eq": {"id": "a"}, "not": {}}, "filter"),
        ({"near": {}}, "filter.near"),
        ({"all": {}}, "filter.all"),
        ({"all": [{"eq": {"id": "a"}}, {"any": 3}]}, "filter.all[1].any"),
        ({"eq": "id"}, "filter.eq"),
        ({"eq": {"colour": "red"}}, "filter.eq"),
        ({"eq": {"attributes.": "red"}}, "filter.eq"),
        ({"eq": {"tags": ["red"]}}, "filter.eq.tags"),
        ({"eq": {"tags": None}}, "filter.eq.tags"),
        ({"in": {"tags": "red"}}, "filter.in.tags"),
        ({"in": {"tags": ["a", {}]}}, "filter.in.tags[1]"),
        ({"lt": {"popularity": "5"}}, "filter.lt.popularity"),
        ({"lt": {"popularity": True}}, "filter.lt.popularity"),
        ({"lt": {"popularity": float("inf")}}, "filter.lt.popularity"),
        ({"lt": {"popularity": float("nan")}}, "filter.lt.popularity"),
        ({"exists": 7}, "filter.exists"),
        ({"not": {"exists": "nothing"}}, "filter.not.exists"),
        ({"within_km": {"lat": 0, "lon": 0}}, "filter.within_km"),
        ({"within_km": {"lat": 91, "lon": 0, "km": 1}}, "filter.within_km.lat"),
        ({"within_km": {"lat": 0, "lon": -181, "km": 1}}, "filter.within_km.lon"),
        ({"within_km": {"lat": 0, "lon": 0, "km": -1}}, "filter.within_km.km"),
    ],
)
def test_what_is_no_filter_is_refused_by_its_path(tree: object, path: str) -> None:
    """The error names the place in the caller's own JSON."""
    with pytest.raises(FilterError) as refused:
        parse_filter(tree)
    assert refused.value.path == path


def test_depth_and_size_are_limited() -> None:
    """A tree as deep or as large as allowed is read, one beyond is refused."""
    leaf: dict[str, object] = {"exists": "title"}
    deep = leaf
    for _ in range(MAX_DEPTH):
        deep = {"not": deep}
    assert isinstance(parse_filter(deep), Not)
    with pytest.raises(FilterError, match="levels"):
        parse_filter({"not": deep})
    assert len(parse_filter({"any": [leaf] * (MAX_NODES - 1)}).parts) == MAX_NODES - 1  # type: ignore[union-attr]  # it is an AnyOf
    with pytest.raises(FilterError, match="nodes"):
        parse_filter({"any": [leaf] * MAX_NODES})
