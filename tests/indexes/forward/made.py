"""Makes records and filters over them for hypothesis: few values, so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

from indexes.forward.filters import All, AnyOf, Compare, Exists, Filter, In, Not, WithinKm
from indexes.types import Record, Value

WORDS = st.sampled_from(["", "a", "b", "red", "1", "true"])
NUMBERS = st.sampled_from([-1.0, 0.0, 1.0, 1.5, 2.0])
LATS = st.sampled_from([-90.0, -33.0, 0.0, 0.5, 52.0, 90.0])
LONS = st.sampled_from([-180.0, -0.5, 0.0, 13.0, 180.0])
SCALARS: st.SearchStrategy[str | float | bool] = WORDS | NUMBERS | st.booleans()
LISTS = st.lists(WORDS, max_size=3).map(tuple)
VALUES: st.SearchStrategy[Value] = SCALARS | LISTS
FIELDS = st.sampled_from(
    [
        "id",
        "title",
        "tags",
        "category",
        "language",
        "origin",
        "popularity",
        "created_at",
        "has_picture",
        "attributes.x",
        "attributes.y",
        "attributes.never",
    ]
)


def records(ids: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Return records with these ids."""
    return st.builds(
        Record,
        id=ids,
        title=WORDS,
        text=WORDS,
        tags=LISTS,
        category=st.none() | WORDS,
        attributes=st.dictionaries(st.sampled_from(["x", "y"]), VALUES),
        language=st.none() | st.sampled_from(["en", "a"]),
        location=st.none() | st.tuples(LATS, LONS),
        popularity=st.none() | NUMBERS,
        created_at=st.none() | NUMBERS,
        origin=st.sampled_from(["found", "generated"]),
        has_picture=st.booleans(),
    )


LEAVES: st.SearchStrategy[Filter] = st.one_of(
    st.builds(In, field=FIELDS, values=st.lists(SCALARS, max_size=3).map(tuple)),
    st.builds(Compare, field=FIELDS, operator=st.sampled_from(["lt", "lte", "gt", "gte"]), value=NUMBERS),
    st.builds(Exists, field=FIELDS),
    st.builds(WithinKm, lat=LATS, lon=LONS, km=st.sampled_from([0.01, 60.0, 3_000.0, 19_000.0])),
)


def _joined(parts: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(All, several) | st.builds(AnyOf, several) | st.builds(Not, parts)


FILTERS: st.SearchStrategy[Filter] = st.recursive(LEAVES, _joined, max_leaves=6)
