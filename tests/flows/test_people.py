"""Tests what the service does with what people do: recommendations, profiles, trends, being forgotten."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.flows.service import Service, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORDS = ["horse", "dog", "cat", "bird", "fish", "tree", "house", "car", "boat", "plane", "sun", "moon"]
STYLES = ("outline", "solid")


def items() -> list[dict[str, Any]]:
    """Return two dozen items: twelve things in two styles."""
    return [
        {
            "id": f"{word}-{style}",
            "title": f"{word} {style}",
            "tags": [word, style],
            "category": "animal" if place < 5 else "thing",
            "attributes": {"weight": style},
        }
        for style in STYLES
        for place, word in enumerate(WORDS)
    ] + [{"id": "red-horse", "title": "红色的马"}]


def fill(service: Service) -> None:
    """Put the items in, and have a small crowd link horses to dogs and boats."""
    body = "\n".join(json.dumps(item) for item in items())
    assert service.client.post("/v1/items:batch?refresh=true", content=body).status_code == 200
    events = [
        {"type": kind, "user": f"crowd{number}", "item": item, "query": "moon boat"}
        for number in range(6)
        for kind, item in (("click", "horse-outline"), ("like", "dog-outline"), ("click", "boat-outline"))
    ]
    body = "\n".join(json.dumps(event) for event in events)
    assert service.client.post("/v1/events:batch", content=body).json()["recorded"] == len(events)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service without encoder and generator for every test that does not stop it."""
    begun = start(tmp_path_factory.mktemp("people") / "data", encoder="none", model="none")
    begun.wait_ready()
    fill(begun)
    yield begun
    assert begun.stop() == 0


def search(service: Service, **body: Any) -> dict[str, Any]:
    """Return the answer to a search that must succeed."""
    answer = service.client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    """Return the hits' ids in order."""
    return [hit["id"] for hit in found["hits"]]


def act(service: Service, **event: Any) -> None:
    """Record one event."""
    answer = service.client.post("/v1/events", json=event)
    assert answer.status_code == 200, answer.text


def eventually(holds: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Return when it holds."""
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_very_next_request_knows_what_was_done(service: Service) -> None:
    """A click changes the next recommendation, by session as by user; the reason names what was opened."""
    act(service, type="click", user="ann", session="s1", item="horse-outline")
    for who in ({"user": "ann"}, {"session": "s1"}, {"user": "ann", "session": "s1"}):
        first = search(service, **who)["hits"][0]
        assert first["id"] == "dog-outline"
        assert first["branches"]["behavior"]["rank"] == 1
        text = "Because you opened “horse outline”: people who did opened this too."
        assert {"code": "because_opened", "text": text} in first["reasons"]


def test_what_is_hidden_or_owned_never_comes_back(service: Service) -> None:
    """An item that was hidden or bought is in no branch, no exact title and no later page of its person."""
    act(service, type="click", user="ben", item="horse-outline")
    first = search(service, user="ben", limit=2)
    later = service.client.post("/v1/search", json={"cursor": first["next_cursor"], "limit": 200}).json()
    gone = ids(later)[0]
    act(service, type="hide", user="ben", item="dog-outline")
    act(service, type="purchase", user="ben", device="phone-b", item=gone)
    for asked in ({}, {"query": "dog outline"}, {"query": gone.replace("-", " ")}, {"like": "cat-outline"}):
        assert not {"dog-outline", gone} & set(ids(search(service, user="ben", limit=200, **asked)))
    again = service.client.post("/v1/search", json={"cursor": first["next_cursor"], "limit": 200}).json()
    assert gone not in ids(again)
    assert "dog-outline" in ids(search(service, query="dog outline"))


def test_devices_join_backwards_in_time(service: Service) -> None:
    """What was done on a device before it was linked counts for its user, and hides for them too."""
    act(service, type="click", device="pad", item="horse-outline")
    act(service, type="hide", device="pad", item="boat-outline")
    assert "boat-outline" in ids(search(service, user="cleo", limit=200))
    assert service.client.put("/v1/devices/pad", json={"user": "cleo"}).status_code == 200
    found = search(service, user="cleo", limit=200)
    assert ids(found)[0] == "dog-outline"
    assert "boat-outline" not in ids(found)
    assert service.client.get("/v1/users/cleo/profile").json()["devices"] == ["pad"]


def test_new_people_and_new_items_have_an_answer(service: Service) -> None:
    """Who is not known gets what is hot, and is told so; an item nobody met is recalled by its values."""
    eventually(lambda: bool(service.client.get("/v1/trending").json()["items"]))
    found = search(service, user="nobody yet")
    assert found["hits"][0]["reasons"][0]["code"] == "trending_many"
    assert {b["name"]: b["status"] for b in found["branches"]}["behavior"] == "skipped"
    for item in ("car-outline", "sun-outline", "tree-outline"):
        act(service, type="like", user="dora", item=item)
    fresh = {"title": "fresh", "tags": ["outline"], "category": "thing", "attributes": {"weight": "outline"}}
    service.client.put("/v1/items/new?refresh=true", json=fresh)
    hit = next(hit for hit in search(service, user="dora", limit=200)["hits"] if hit["id"] == "new")
    assert "preference" in hit["branches"]
    told = [reason["text"] for reason in hit["reasons"]]
    assert "You often open items whose weight is “outline” (3 of your last 3)." in told
    assert service.client.delete("/v1/items/new?refresh=true").status_code == 200


def test_a_profile_is_read_edited_and_obeyed(service: Service) -> None:
    """A profile tells truthful counts; a person's own word outweighs them, until it is taken back."""
    for item in ("house-solid", "plane-solid"):
        act(service, type="click", user="eve", item=item)
    told = service.client.get("/v1/users/eve/profile").json()
    solid = next(one for one in told["affinities"] if one["value"] == "solid" and one["field"] == "tags")
    assert (solid["items"], solid["of"], solid["said"]) == (2, 2, False)
    words = {"tags": {"moon": 1.0, "solid": -1.0}}
    assert service.client.put("/v1/users/eve/profile", json=words).status_code == 200
    only = {name: {"enabled": False} for name in ("behavior", "browse", "trending")}
    hit = search(service, user="eve", branches=only)["hits"][0]
    assert hit["id"] == "moon-outline"
    assert hit["reasons"][0]["text"] == "Your profile says that you like “moon”."
    service.client.put("/v1/users/eve/profile", json={})
    assert service.client.get("/v1/users/eve/profile").json()["said"] == {}
    wrong = service.client.put("/v1/users/eve/profile", json={"tags": {"moon": 2}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "tags.moon"


def test_one_caller_cannot_shout_an_item_to_the_top(service: Service) -> None:
    """A thousand clicks of one person weigh as much as one; queries of one person alone stay private."""
    flood = "\n".join(
        json.dumps({"type": "purchase", "user": "loud", "item": "moon-solid", "query": "my secret"})
        for _ in range(1_000)
    )
    assert service.client.post("/v1/events:batch", content=flood).json()["recorded"] == 1_000
    eventually(
        lambda: "moon-solid" in [i["item"] for i in service.client.get("/v1/trending").json()["items"]]
    )
    hot = service.client.get("/v1/trending?window=24h&limit=3").json()
    assert hot["items"][0]["item"] == "dog-outline"
    assert hot["items"][0]["people"] >= 6
    assert [one["query"] for one in hot["queries"]] == ["moon boat"]
    assert service.client.get("/v1/trending?window=soon").status_code == 422


def test_completion_mixes_own_and_popular_queries_with_titles(service: Service) -> None:
    """Own searches come first, then popular ones and titles; Chinese completes by characters and pinyin."""

    def complete(q: str, **who: str) -> list[tuple[str, str]]:
        answer = service.client.get("/v1/suggest", params={"q": q, **who}).json()
        return [(one["text"], one["kind"]) for one in answer["suggestions"]]

    eventually(lambda: ("moon boat", "popular") in complete("mo"))
    act(service, type="search", user="fay", query="moonlight over fields")
    assert complete("moon", user="fay")[0] == ("moonlight over fields", "recent")
    assert "moonlight over fields" not in [text for text, _ in complete("moon", user="gus")]
    assert ("moon solid", "title") in complete("moon")
    for typed in ("红", "hong", "hsdm", "ma"):
        assert ("红色的马", "title") in complete(typed), typed


def test_a_list_can_be_diverse_and_capped(service: Service) -> None:
    """With `diversify` neighbours differ; with `max_per_category` no category has more hits than that."""
    only = {"trending": {"enabled": False}}
    plain = search(service, limit=200, branches=only)
    mixed = search(service, limit=200, branches=only, diversify=0.8)
    assert sorted(ids(plain)) == sorted(ids(mixed))
    assert ids(plain)[:2] == ["bird-outline", "bird-solid"]
    first, second = (set(hit["item"]["tags"]) | {hit["item"].get("category")} for hit in mixed["hits"][:2])
    assert ids(mixed)[0] == "bird-outline"
    assert not first & second
    capped = search(service, limit=200, max_per_category=2)
    kinds = [hit["item"].get("category") for hit in capped["hits"]]
    assert kinds.count("animal") == kinds.count("thing") == 2
    assert capped["total"] == len(kinds)


def test_a_person_is_forgotten_everywhere(serving: Callable[..., Service]) -> None:
    """A forgotten user leaves nothing in answers, in the log's text, in snapshots, or after a restart.

    Others keep their histories, from a snapshot as from the log alone.
    """
    service = serving(encoder="none", model="none")
    fill(service)
    act(service, type="click", user="hal", item="horse-outline")
    act(service, type="hide", user="hal", item="cat-solid")
    name, item = "zacharias-the-third", "sun-solid"
    act(service, type="click", user=name, item="horse-outline", query=f"{name} was here", id=f"{name}-1")
    act(service, type="hide", device="zac-phone", item=item)
    service.client.put("/v1/devices/zac-phone", json={"user": name})
    service.client.put(f"/v1/users/{name}/profile", json={"tags": {"moon": 1.0}})
    search(service, user=name)
    service.client.post("/v1/admin/snapshots")
    num_rows = service.client.get("/v1/stats").json()["log_lsn"]
    told = service.client.delete(f"/v1/users/{name}").json()
    assert told["removed"] == {"events": 2, "devices": 1, "profile": True, "answers": 1}
    assert told["lsn"] == num_rows + 1
    assert service.client.get(f"/v1/users/{name}/profile").status_code == 404
    assert item in ids(search(service, user=name, device="zac-phone", limit=200))
    lasting = {"trending": {"enabled": False}}
    before = ids(search(service, user="hal", limit=200, branches=lasting))
    assert service.stop() == 0
    with sqlite3.connect(service.data / "trouvere.db") as log:
        text = json.dumps(log.execute("SELECT key, body FROM log").fetchall())
        assert log.execute("SELECT count(*), max(lsn) FROM log").fetchone() == (num_rows + 1,) * 2
    saved = b"".join(path.read_bytes() for path in (service.data / "people").rglob("*") if path.is_file())
    for trace in (name, "zac-phone"):
        assert trace not in text
        assert trace.encode() not in saved
    again = serving(encoder="none", model="none", data=service.data)
    assert again.client.get(f"/v1/users/{name}/profile").status_code == 404
    assert ids(search(again, user="hal", limit=200, branches=lasting)) == before
    assert "cat-solid" not in before
