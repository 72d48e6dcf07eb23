"""Tests writing and reading items as a client sees it: durable, idempotent, searchable, refused by name."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.flows.service import Service


def picture(color: tuple[int, int, int] = (200, 30, 30), form: str = "PNG") -> bytes:
    """Return a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16), color).save(file, form)
    return file.getvalue()


def encoded(content: bytes) -> dict[str, str]:
    """Return a picture as it is sent."""
    return {"b64": base64.b64encode(content).decode()}


def test_an_item_comes_back_as_it_was_put(shared: Service) -> None:
    """Every field survives, and the picture is sent back byte for byte."""
    body = {
        "title": "Red square",
        "text": "A square that is red.",
        "tags": ["shape", "red"],
        "category": "Test",
        "attributes": {"sides": 4, "round": False, "hex": "c81e1e", "names": ["box", "quad"]},
        "language": "en",
        "location": {"lat": 48.85, "lon": 2.35},
        "popularity": 2.5,
        "created_at": "2024-05-01T12:00:00Z",
    }
    put = shared.client.put("/v1/items/square", json={**body, "image": encoded(picture())})
    assert put.status_code == 200, put.text
    found = shared.client.get("/v1/items/square").json()
    assert {name: found[name] for name in body} == body
    image = shared.client.get(found["image_url"])
    assert (image.content, image.headers["content-type"]) == (picture(), "image/png")
    again = shared.client.get(found["image_url"], headers={"If-None-Match": image.headers["etag"]})
    assert again.status_code == 304
    shared.client.delete("/v1/items/square")


@pytest.mark.parametrize("item_id", ["a/b c", "ключ", "图标/🐴", "per%cent", 'quo"te', "x" * 512])
def test_any_unicode_id_is_a_good_id(shared: Service, item_id: str) -> None:
    """Ids are the caller's: slashes, blanks, other scripts, 512 bytes."""
    address = f"/v1/items/{quote(item_id, safe='/')}"
    assert shared.client.put(address, json={"title": "named"}).status_code == 200
    assert shared.client.get(address).json()["id"] == item_id
    assert shared.client.delete(address).status_code == 200
    assert shared.client.get(address).status_code == 404


def test_a_write_is_searchable_within_a_second_and_gone_after_deletion(shared: Service) -> None:
    """Without refresh an item is found by its words within 1 s, and never again once deleted."""
    shared.client.put("/v1/items/zebrafish", json={"title": "Zebrafish aquarium"})
    end = time.monotonic() + 1.0
    found: list[str] = []
    while not found and time.monotonic() < end:
        hits = shared.client.post("/v1/search", json={"query": "zebrafish"}).json()["hits"]
        found = [hit["id"] for hit in hits if hit["id"] == "zebrafish"]
    assert found
    shared.client.delete("/v1/items/zebrafish", params={"refresh": True})
    after = shared.client.post("/v1/search", json={"query": "zebrafish aquarium"}).json()
    assert "zebrafish" not in [hit["id"] for hit in after["hits"]]
    assert shared.client.delete("/v1/items/zebrafish").status_code == 404


def test_refresh_waits_for_words_and_meaning_and_pictures(shared: Service) -> None:
    """After `refresh=true` the branches of words and of meaning find the item; pictures are waited for."""
    put = shared.client.put("/v1/items/velo", params={"refresh": True}, json={"title": "Velocipede of 1869"})
    assert put.json()["searchable"] == ["words", "meaning", "pictures"]
    hit = shared.client.post("/v1/search", json={"query": "velocipede of 1869"}).json()["hits"][0]
    assert hit["id"] == "velo"
    assert set(hit["branches"]) == {"term", "text"}
    shared.client.delete("/v1/items/velo", params={"refresh": True})


def test_a_bad_line_never_spoils_its_neighbours(shared: Service) -> None:
    """Lines are numbered as sent; each refused one says which field and why."""
    lines = [
        json.dumps({"id": "batch-1", "title": "one"}),
        "{not json",
        json.dumps({"title": "nameless"}),
        "",
        json.dumps({"id": "batch-2", "titel": "misspelt"}),
        json.dumps({"id": "batch-3", "image": {"b64": base64.b64encode(b"no picture").decode()}}),
        json.dumps({"id": "batch-4", "title": "four", "image": encoded(picture(form="WEBP"))}),
        json.dumps({"id": "batch-5", "embedding": [1.0, 2.0]}),
    ]
    answer = shared.client.post("/v1/items:batch", content="\n".join(lines), params={"refresh": True}).json()
    assert answer["accepted"] == 2
    told = {entry["line"]: entry["error"]["field"] for entry in answer["rejected"]}
    assert set(told) == {2, 3, 5, 6, 8}
    assert (told[3], told[5], told[6], told[8]) == ("id", "titel", "image.b64", "embedding")
    assert shared.client.get("/v1/items/batch-4").status_code == 200
    for name in ("batch-1", "batch-4"):
        shared.client.delete(f"/v1/items/{name}", params={"refresh": True})


def test_an_idempotency_key_makes_a_repeat_harmless(shared: Service) -> None:
    """The same key with the same request is answered again, with another request it is a conflict."""
    headers = {"Idempotency-Key": "key-1"}
    first = shared.client.put("/v1/items/idem", json={"title": "first"}, headers=headers).json()
    shared.client.put("/v1/items/idem", json={"title": "second"})
    again = shared.client.put("/v1/items/idem", json={"title": "first"}, headers=headers).json()
    assert (again["lsn"], again["replayed"]) == (first["lsn"], True)
    assert shared.client.get("/v1/items/idem").json()["title"] == "second"
    other = shared.client.put("/v1/items/idem", json={"title": "third"}, headers=headers)
    assert other.status_code == 409
    shared.client.delete("/v1/items/idem", params={"refresh": True})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"titel": "x"}, "titel"),
        ({"title": 7}, "title"),
        ({"tags": [""]}, "tags[0]"),
        ({"location": {"lat": 91, "lon": 0}}, "location.lat"),
        ({"image": {"b64": "***"}}, "image.b64"),
        ({"image": {"b64": base64.b64encode(b"GIF89a").decode()}}, "image.b64"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"embedding": [0.5, 0.5]}, "embedding"),
        ({"popularity": -1}, "popularity"),
        ({"id": "another"}, "id"),
    ],
)
def test_a_bad_item_is_refused_by_field(shared: Service, body: dict[str, Any], field: str) -> None:
    """Nothing is ignored: each wrong or unknown field is named, and nothing is written."""
    answer = shared.client.put("/v1/items/refused", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert shared.client.get("/v1/items/refused").status_code == 404


def test_what_was_acknowledged_survives_a_kill(serving: Callable[..., Service], tmp_path: Path) -> None:
    """After SIGKILL a new process finds every acknowledged item, by id and by search."""
    data = tmp_path / "data"
    service = serving(data=data, model="none")
    for number in range(20):
        put = service.client.put(f"/v1/items/kept-{number}", json={"title": f"kept thing {number}"})
        assert put.status_code == 200
    service.kill()
    again = serving(data=data, model="none")
    assert again.client.get("/v1/items/kept-19").json()["title"] == "kept thing 19"
    hits = again.client.post("/v1/search", json={"query": "kept thing", "limit": 50}).json()["hits"]
    assert {hit["id"] for hit in hits} == {f"kept-{number}" for number in range(20)}


def test_events_are_recorded_once(shared: Service) -> None:
    """The same event id counts once; bad lines of a batch are told."""
    event = {"id": "e-1", "type": "click", "user": "u", "item": "x", "at": "2024-05-01T12:00:00Z"}
    assert shared.client.post("/v1/events", json=event).json()["recorded"] == 1
    assert shared.client.post("/v1/events", json=event).json()["recorded"] == 0
    lines = "\n".join([json.dumps(event), json.dumps({"id": "e-2", "type": "like"}), '{"typ": 1}'])
    answer = shared.client.post("/v1/events:batch", content=lines).json()
    assert (answer["accepted"], answer["recorded"]) == (2, 1)
    assert answer["rejected"][0]["line"] == 3
    link = shared.client.put("/v1/devices/phone", json={"user": "u"})
    assert link.json()["user"] == "u"


def test_a_batch_of_several_chunks_is_recorded_once_and_in_order(shared: Service) -> None:
    """Ids repeated in later chunks count once, bad lines are told by number; sent again nothing is new."""
    events = [{"id": f"long-{number % 4_400}", "type": "click", "item": "x"} for number in range(4_500)]
    lines = [json.dumps(event) for event in events]
    lines[10], lines[2_500], lines[4_499] = "no JSON", '{"type": ""}', "[]"
    content, keyed = "\n".join(lines), {"Idempotency-Key": "long"}
    answer = shared.client.post("/v1/events:batch", content=content, headers=keyed).json()
    assert (answer["accepted"], answer["recorded"]) == (4_497, 4_399)
    assert [one["line"] for one in answer["rejected"]] == [11, 2_501, 4_500]
    again = shared.client.post("/v1/events:batch", content=content, headers=keyed).json()
    assert again == answer
    without_key = shared.client.post("/v1/events:batch", content=content).json()
    assert (without_key["accepted"], without_key["recorded"]) == (4_497, 0)
