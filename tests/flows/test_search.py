"""Tests search as a client sees it: words, meaning, filters, facets, pages, reasons, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.flows.service import Service


def search(service: Service, **body: Any) -> dict[str, Any]:
    """Return the answer to a search that must succeed."""
    answer = service.client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    """Return the hits' ids in order."""
    return [hit["id"] for hit in found["hits"]]


def test_an_exact_title_comes_first_and_says_so(shared: Service) -> None:
    """Items called exactly like the query lead, with the reason in words and every branch's rank."""
    found = search(shared, query="Horse")
    titles = [hit["item"]["title"].casefold() for hit in found["hits"]]
    exact = titles.count("horse")
    assert exact >= 1
    assert titles[:exact] == ["horse"] * exact
    first = found["hits"][0]
    assert first["reasons"][0]["code"] == "exact_title"
    assert first["branches"]["term"]["rank"] >= 1
    assert {branch["name"]: branch["status"] for branch in found["branches"]}["text"] == "ok"


def test_meaning_is_found_without_the_word(shared: Service) -> None:
    """A query that shares no word with a title still finds it by its meaning."""
    found = search(shared, query="pony riding", limit=30)
    near = [hit for hit in found["hits"] if "horse" in hit["item"]["title"].casefold()]
    assert near
    assert "term" not in near[0]["branches"]
    assert near[0]["reasons"][0]["code"] == "meaning"


def test_a_misspelt_word_is_corrected_and_told(shared: Service) -> None:
    """A word that exists nowhere is replaced by one that does, and the answer says which."""
    found = search(shared, query="horze")
    assert found["corrected_query"] == "horse"
    assert "horse" in found["hits"][0]["item"]["title"].casefold()


def test_contributions_sum_to_the_score(shared: Service) -> None:
    """With explain the leaves of every explanation add up to the hit's score."""

    def leaves(node: dict[str, Any]) -> float:
        children = node.get("children", [])
        return sum(map(leaves, children)) if children else float(node["contribution"])

    for fusion in ("rrf", "convex"):
        found = search(shared, query="arrow right", explain=True, fusion=fusion)
        assert len(found["hits"]) == 20
        for hit in found["hits"]:
            assert leaves(hit["explanation"]) == pytest.approx(hit["score"], abs=1e-5)


def test_a_filter_holds_for_every_hit_and_fills_the_page(shared: Service) -> None:
    """Filtered hits are a subset of the filter, and as many as there are."""
    tree = {"all": [{"eq": {"category": "Phosphor"}}, {"not": {"eq": {"attributes.weight": "bold"}}}]}
    found = search(shared, query="arrow", filter=tree, limit=50)
    assert found["hits"]
    for hit in found["hits"]:
        assert hit["item"]["category"] == "Phosphor"
        assert hit["item"]["attributes"]["weight"] != "bold"
    everything = search(shared, filter=tree, limit=200)
    assert len(found["hits"]) == min(50, everything["total"])


def test_totals_and_facets_equal_a_count_of_all_pages(shared: Service) -> None:
    """`total` is what paging reaches, and each facet counts exactly those items."""
    found = search(shared, query="circle", facets=["category", "attributes.weight"], limit=40)
    hits, cursor = list(found["hits"]), found.get("next_cursor")
    while cursor:
        page = search(shared, cursor=cursor, limit=40)
        hits += page["hits"]
        cursor = page.get("next_cursor")
    assert len(hits) == found["total"]
    counted: dict[str, int] = {}
    for hit in hits:
        counted[hit["item"]["category"]] = counted.get(hit["item"]["category"], 0) + 1
    told = {entry["value"]: entry["count"] for entry in found["facets"]["category"]}
    assert told == counted
    assert list(told.items()) == sorted(told.items(), key=lambda entry: (-entry[1], entry[0]))


def test_pages_equal_one_big_page_while_items_are_written(shared: Service) -> None:
    """A cursor continues the list it was cut from, whatever is written meanwhile."""
    whole = ids(search(shared, query="arrow", limit=100))
    paged: list[str] = []
    found = search(shared, query="arrow", limit=13)
    for number in range(len(whole) // 13 + 1):
        paged += ids(found)
        put = shared.client.put(
            f"/v1/items/paging-{number}", params={"refresh": True}, json={"title": "arrow"}
        )
        assert put.status_code == 200
        if "next_cursor" not in found:
            break
        found = search(shared, cursor=found["next_cursor"], limit=13)
    assert paged[: len(whole)] == whole
    assert len(set(paged)) == len(paged)
    for number in range(len(whole) // 13 + 1):
        shared.client.delete(f"/v1/items/paging-{number}", params={"refresh": True})


def test_like_an_item_leaves_the_item_out(shared: Service) -> None:
    """More like this: near neighbours first, the item itself never."""
    first = search(shared, query="horse", limit=1)["hits"][0]
    found = search(shared, like=first["id"])
    assert first["id"] not in ids(found)
    assert found["hits"][0]["reasons"][0]["code"] == "similar_to"


def test_an_empty_search_is_the_front_page_over_everything(shared: Service) -> None:
    """Nothing asked for: the total is the size of the collection."""
    found = search(shared, facets=["origin"])
    assert found["total"] == shared.client.get("/v1/stats").json()["items"]
    assert len(found["hits"]) == 20


def test_a_branch_can_be_switched_off_and_its_report_says_so(shared: Service) -> None:
    """With only one branch on, every hit is its hit."""
    off = {"enabled": False}
    found = search(shared, query="horse", branches={"text": off, "image": off})
    assert all(set(hit["branches"]) == {"term"} for hit in found["hits"])
    assert {b["name"]: b["status"] for b in found["branches"]}["text"] == "skipped"


def test_the_same_request_gives_the_same_page(shared: Service) -> None:
    """Ties are broken by id: asking again changes nothing."""
    pages = [ids(search(shared, query="arrow", limit=100)) for _ in range(5)]
    assert all(page == pages[0] for page in pages)


def test_get_and_post_agree(shared: Service) -> None:
    """The same fields in the address give the same hits, and the stages' times."""
    answer = shared.client.get(
        "/v1/search",
        params={"query": "horse", "filter": '{"eq": {"category": "Phosphor"}}', "facets": "category"},
    )
    posted = search(shared, query="horse", filter={"eq": {"category": "Phosphor"}}, facets=["category"])
    assert ids(answer.json()) == ids(posted)
    assert answer.json()["facets"] == posted["facets"]
    assert "recall;dur=" in answer.headers["server-timing"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quary": "x"}, "quary"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"filter": {"eq": {"colour": "red"}}}, "filter.eq"),
        ({"filter": {"within_km": {"lat": 91, "lon": 0, "km": 1}}}, "filter.within_km.lat"),
        ({"facets": ["colour"]}, "facets[0]"),
        ({"fusion": "sum"}, "fusion"),
        ({"branches": {"memory": {}}}, "branches.memory"),
        ({"branches": {"term": {"weight": -1}}}, "branches.term.weight"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    shared: Service, body: dict[str, Any], field: str
) -> None:
    """A wrong value or an unknown field is a problem document that names it."""
    answer = shared.client.post("/v1/search", json=body)
    assert answer.status_code in {410, 422}, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_item_cannot_be_liked(shared: Service) -> None:
    """`like` names an item that exists."""
    assert shared.client.post("/v1/search", json={"like": "no such"}).status_code == 404


def test_completion_grows_with_what_is_typed(shared: Service) -> None:
    """Titles complete from the first letters of any of their words; misspellings are corrected."""
    typed = shared.client.get("/v1/suggest", params={"q": "hor"}).json()["suggestions"]
    assert "horse" in [s["text"].casefold() for s in typed if s["kind"] == "title"]
    wrong = shared.client.get("/v1/suggest", params={"q": "horze"}).json()["suggestions"]
    assert {"text": "horse", "kind": "correction"} in wrong
