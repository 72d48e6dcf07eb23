"""Plain hits are told in one pass, word for word as hits are told one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import Item
from app.ranking.fusion import convex, fuse, rrf
from app.ranking.lists import BranchList
from app.search.hits import hits_of
from app.search.items import Shown
from app.search.matched import stems_of
from app.search.pages import Pinned
from app.search.plain import is_plain
from app.search.types import Like, Near, Prepared
from app.search.understand import scripts
from indexes.text.analyzer import Analyzer
from indexes.text.query import parse_query
from indexes.types import Matches

ANALYZER = Analyzer()
ITEMS = [
    Item("a", title="Red fox", tags=("red", "animal")),
    Item("b", title="Fox", text="a red one"),
    Item("c", title="Boat"),
    Item("d", title="红 狐"),
    Item("e", title="foxes and boats", tags=("fox",)),
]
SHOWN = [Shown(item, stems_of(item, ANALYZER)) for item in ITEMS]
FLOOR = {"term": 0.0, "text": 0.0, "image": None}


@st.composite
def branch_lists(draw: st.DrawFn, name: str) -> BranchList:
    """Draw what a branch recalled of five items, and its scores of the rest, which may be none."""
    ordinals = draw(st.permutations(range(len(ITEMS))))[: draw(st.integers(0, len(ITEMS)))]
    scores = sorted((draw(st.integers(1, 99)) / 100 for _ in ordinals), reverse=True)
    matches = Matches(np.array(ordinals, np.int32), np.array(scores, np.float32))
    others = np.array([draw(st.sampled_from([np.nan, 0.25, 0.5])) for _ in ITEMS], np.float32)
    complete = None if name == "term" else others.take
    return BranchList(name, draw(st.sampled_from([0.2, 1.0])), matches, FLOOR[name], None, complete)


@given(
    term=branch_lists("term"),
    text=branch_lists("text"),
    image=branch_lists("image"),
    query=st.sampled_from(["red fox", "fox", "红 狐", "boats"]),
    exact=st.lists(st.integers(0, len(ITEMS) - 1), unique=True, max_size=2).map(sorted),
    by_rank=st.booleans(),
    gone=st.integers(-1, len(ITEMS) - 1),
)
def test_all_at_once_is_as_one_by_one(
    term: BranchList,
    text: BranchList,
    image: BranchList,
    query: str,
    exact: list[int],
    by_rank: bool,
    gone: int,
) -> None:
    """The same branches, scores and reasons come from the page's arrays and from each hit's evidence."""
    found = fuse(
        [term, text, image], rrf if by_rank else convex, np.array(exact, np.int32), lambda o: [*map(str, o)]
    )
    prepared = Prepared(query, terms=parse_query(query, ANALYZER), scripts=scripts(query))
    plain, explained = (Pinned(found, prepared, "convex", (), explain) for explain in (False, True))
    assert is_plain(plain)
    assert not is_plain(explained)
    shown = [None if ordinal == gone else SHOWN[ordinal] for ordinal in found.ordinals.tolist()]
    one_by_one = [hit._replace(explanation=None) for hit in hits_of(shown, 0, explained)]
    assert hits_of(shown, 0, plain) == one_by_one
    assert hits_of(shown[1:], 1, plain) == one_by_one[sum(one is not None for one in shown[:1]) :]


def test_what_more_was_asked_is_not_plain() -> None:
    """Beside an item, a picture or a place other reasons count."""
    found = fuse([], convex, np.empty(0, np.int32), lambda _: [])
    words = parse_query("fox", ANALYZER)
    for prepared in (
        Prepared("fox", terms=words, like=Like(1, "Fox")),
        Prepared("fox", terms=words, near=Near(1.0, 2.0)),
        Prepared("fox", terms=words, picture=b"fox"),
        Prepared("fox"),
    ):
        assert not is_plain(Pinned(found, prepared, "convex", (), False))
