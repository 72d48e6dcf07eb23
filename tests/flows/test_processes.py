"""Tests several processes on one data folder: each answers, one owns, and none contradicts another."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from tests.flows.test_recall import ONLY_WORDS, ask, ids, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.flows.service import Service


def stats(service: Service) -> dict[str, Any]:
    """Return what a process says of itself."""
    told: dict[str, Any] = service.client.get("/v1/stats").json()
    return told


def until_found(service: Service, query: str, wanted: list[str]) -> float:
    """Return after how many seconds a search gives these ids."""
    started = time.monotonic()
    while ids(ask(service, query=query)) != wanted:
        assert time.monotonic() - started < 5
        time.sleep(0.01)
    return time.monotonic() - started


def test_a_write_through_one_process_is_found_through_another(serving: Callable[..., Service]) -> None:
    """Within a second, for puts, deletions and synonyms; one process owns; cursors never lie."""
    one, two = serving(**ONLY_WORDS), serving(**ONLY_WORDS)
    assert (stats(one)["owner"], stats(two)["owner"]) == (1, 0)
    assert stats(one)["process"] != stats(two)["process"]
    for number in range(5):
        one.client.put(f"/v1/items/fox-{number}", json={"title": f"fox {number}", "popularity": number})
    everyone = [f"fox-{number}" for number in range(5)]
    took_s = [until_found(two, "fox", everyone)]
    two.client.delete("/v1/items/fox-0")
    took_s.append(until_found(one, "fox", everyone[1:]))
    two.client.put("/v1/synonyms/reds", json={"words": ["fox", "reynard"]})
    took_s.append(until_found(one, "reynard", everyone[1:]))
    assert max(took_s) < 1
    first = ask(one, query="fox", limit=2)
    elsewhere = two.client.post("/v1/search", json={"cursor": first["next_cursor"], "limit": 2})
    assert elsewhere.status_code == 410
    assert ids(ask(one, cursor=first["next_cursor"], limit=2)) == everyone[3:5]
    assert two.stop() == 0
    assert one.stop() == 0
    assert stats(serving(**ONLY_WORDS))["owner"] == 1


def test_pictures_asked_of_one_process_are_made_by_the_owner(
    shared: Service, serving: Callable[..., Service]
) -> None:
    """A process that owns no worker passes pictures and jobs on to the one that does, streams included."""
    reader = serving(data=shared.data)
    shared.wait_model()
    assert (stats(reader)["owner"], stats(reader)["model_ready"]) == (0, False)
    order = {"prompt": "a red fox", "seed": 7, "response_format": "b64_json", "save": False}
    here = reader.client.post("/v1/images/generations", json=order)
    assert here.status_code == 200, here.text
    there = shared.client.post("/v1/images/generations", json=order)
    assert here.json()["data"][0]["b64_json"] == there.json()["data"][0]["b64_json"]
    with reader.client.stream(
        "POST", "/v1/images/generations", json={**order, "stream": True, "partial_images": 1}
    ) as stream:
        kinds = [line.partition(": ")[2] for line in stream.iter_lines() if line.startswith("event")]
    assert kinds[-1] == "image_generation.completed"
    assert reader.client.get("/v1/jobs/nobody").status_code == 404
    assert reader.stop() == 0


def test_processes_share_a_port(serving: Callable[..., Service]) -> None:
    """With `processes` several answer at one port; what one acknowledged all find; they end together."""
    service = serving("--processes", "2", **ONLY_WORDS)
    put(service, "fox", title="fox")
    seen: dict[int, list[str]] = {}
    end = time.monotonic() + 60
    while len(seen) < 2 and time.monotonic() < end:
        with httpx.Client(base_url=service.address, timeout=60) as client:
            told = client.get("/v1/stats").json()
            if client.get("/readyz").status_code == 200:
                time.sleep(0.2)
                found = client.post("/v1/search", json={"query": "fox"}).json()
                seen[told["process"]] = [hit["id"] for hit in found["hits"]]
    assert list(seen.values()) == [["fox"], ["fox"]]
    assert service.stop() == 0
