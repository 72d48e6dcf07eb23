"""A plan says which branches fire, how loud, how deep and how long, and refuses what makes no sense."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.domain.search import BranchOptions, SearchRequest
from app.search.branches import make_branches
from app.search.branches.image import EVERY_WORD
from app.search.plan import DEPTH, SWITCHED_OFF, Defaults, Planner
from app.search.types import Like, PlannedBranch, Prepared
from tests.app.search.crowds import asking, crowd
from tests.app.search.fakes import icons

COLLECTION = icons()
PLANNER = Planner(
    make_branches(),
    encoded={"text"},
    defaults={"text": Defaults(weight=2.0, deadline_ms=300.0)},
    scripts={"text": frozenset({"LATIN"})},
)
QUERY = Prepared("icon", terms=COLLECTION.terms.parse("icon"), scripts=frozenset({"LATIN"}))


def plan(
    options: dict[str, BranchOptions] | None = None, prepared: Prepared = QUERY
) -> dict[str, PlannedBranch]:
    """Plan a search and return the plan by branch."""
    request = SearchRequest(query=prepared.query, branches=options or {})
    return {one.name: one for one in PLANNER.plan(request, prepared, COLLECTION)}


def test_a_query_fires_term_and_text_with_their_defaults() -> None:
    """With a query both of its branches fire, and browsing is skipped for a reason."""
    planned = plan()
    assert planned["term"] == PlannedBranch("term", 1.0, DEPTH, 1_000.0)
    assert planned["text"] == PlannedBranch("text", 2.0, DEPTH, 300.0)
    assert planned["browse"].why == "something was asked for"


def test_the_caller_decides_over_the_defaults() -> None:
    """Weight, deadline and switch come from the request where it names them."""
    planned = plan({"term": BranchOptions(weight=0.5), "text": BranchOptions(enabled=False, deadline_ms=7)})
    assert planned["term"].weight == 0.5
    assert (planned["text"].why, planned["text"].deadline_ms) == (SWITCHED_OFF, 7)
    assert plan({"text": BranchOptions(weight=0.0)})["text"].why == SWITCHED_OFF


def test_a_spared_branch_is_fired_for_who_names_it() -> None:
    """Where every picture has words, looks are asked only by requests that enable or weigh them."""
    collection = icons()
    collection.spaces["image"] = collection.text
    planner = Planner(make_branches(), encoded={"text", "image"})
    whys = {
        name: {one.name: one.why for one in planner.plan(request, QUERY, collection)}["image"]
        for name, request in {
            "nobody": SearchRequest(query="icon"),
            "enabled": SearchRequest(query="icon", branches={"image": BranchOptions(enabled=True)}),
            "weighed": SearchRequest(query="icon", branches={"image": BranchOptions(weight=0.5)}),
            "timed": SearchRequest(query="icon", branches={"image": BranchOptions(deadline_ms=50)}),
        }.items()
    }
    assert whys == {"nobody": EVERY_WORD, "enabled": None, "weighed": None, "timed": EVERY_WORD}


def test_nothing_asked_fires_only_browsing() -> None:
    """The front page is browsing alone, and it is recalled whole."""
    planned = plan(prepared=Prepared())
    assert planned["browse"].why is None
    assert planned["browse"].depth > 1_000_000
    assert planned["term"].why == "there are no words to look for"
    assert planned["text"].why == "there is nothing to compare with"


@pytest.mark.parametrize(
    ("scripts", "weight"),
    [({"LATIN"}, 2.0), ({"CJK"}, 0.2), ({"LATIN", "CJK"}, 0.2), (set(), 2.0)],
)
def test_an_encoder_is_believed_less_in_scripts_it_does_not_know(scripts: set[str], weight: float) -> None:
    """A query with letters foreign to the encoder lowers its branch's weight."""
    prepared = Prepared("q", terms=QUERY.terms, scripts=frozenset(scripts))
    assert plan(prepared=prepared)["text"].weight == pytest.approx(weight)


def test_a_named_weight_holds_in_every_script() -> None:
    """What the caller asks for is not lowered."""
    prepared = Prepared("狐", scripts=frozenset({"CJK"}))
    assert plan({"text": BranchOptions(weight=3.0)}, prepared)["text"].weight == 3.0


def test_likeness_needs_a_vector_and_no_encoder() -> None:
    """Like an item fires text by the item's vector, even where no encoder runs."""
    like = Prepared(like=Like(1, "icon 1"), vectors={"text": COLLECTION.text.rows[1]})
    request = SearchRequest(like="icon-1")
    bare = Planner(make_branches())
    assert {p.name: p.why for p in bare.plan(request, like, COLLECTION)}["text"] is None
    without = Prepared(like=Like(1, "icon 1"))
    assert plan(prepared=without)["text"].why == "the item has no text vector"


def test_without_an_encoder_text_is_skipped() -> None:
    """A query cannot fire a branch whose vectors nobody can make."""
    bare = Planner(make_branches())
    found = {p.name: p.why for p in bare.plan(SearchRequest(query="icon"), QUERY, COLLECTION)}
    assert found["text"] == "no encoder runs for text vectors"
    assert found["term"] is None


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"vibes": BranchOptions()}, "branches.vibes"),
        ({"term": BranchOptions(weight=-0.1)}, "branches.term.weight"),
        ({"term": BranchOptions(weight=float("nan"))}, "branches.term.weight"),
        ({"term": BranchOptions(weight=1e9)}, "branches.term.weight"),
        ({"text": BranchOptions(deadline_ms=0.5)}, "branches.text.deadline_ms"),
        ({"text": BranchOptions(deadline_ms=10_001)}, "branches.text.deadline_ms"),
        ({"text": BranchOptions(enabled=False), "term": BranchOptions(weight=0)}, "branches"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(options: dict[str, BranchOptions], field: str) -> None:
    """Unknown branches and values out of range raise InvalidInput with the caller's field."""
    with pytest.raises(InvalidInput) as caught:
        plan(options)
    assert caught.value.field == field


def test_an_unknown_branch_lists_the_known_ones() -> None:
    """The message for an unknown branch helps."""
    with pytest.raises(InvalidInput, match=r"known are .*browse.*, term, text"):
        plan({"vibes": BranchOptions()})


def test_who_asks_is_a_hint_beside_words_and_all_there_is_without() -> None:
    """A branch has another weight where something was asked, when it is given one."""
    collection = icons()
    known = crowd(("ann", "click", "icon-1"))
    planner = Planner(make_branches(), defaults={"behavior": Defaults(1.0, beside=0.2)})

    def weight(prepared: Prepared) -> float:
        planned = planner.plan(SearchRequest(), asking(known, "ann", prepared), collection)
        return next(one.weight for one in planned if one.name == "behavior")

    terms = collection.terms.parse("icon")
    assert (weight(Prepared()), weight(Prepared(query="icon", terms=terms))) == (1.0, 0.2)
