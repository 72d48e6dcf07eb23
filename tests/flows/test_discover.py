"""Tests that a search makes what it does not find, and that the picture joins its list."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.flows.service import Service


@pytest.fixture
def making(shared: Service) -> Service:
    """The shared service, its generator warm."""
    shared.wait_model()
    return shared


def search(service: Service, **body: Any) -> dict[str, Any]:
    """Return the answer to a search that must succeed."""
    answer = service.client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_list_grows_by_the_picture_that_was_made(making: Service) -> None:
    """The stream gives the list, the picture coming, and the list again with it at its own rank."""
    body = {"query": "zebra riding unicycle", "generate": "always"}
    told: list[tuple[str, dict[str, Any]]] = []
    headers = {"Accept": "text/event-stream"}
    with making.client.stream("POST", "/v1/search", json=body, headers=headers) as answer:
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
    assert told[0][0] == "search.result"
    assert told[0][1]["generation"]["why"] == "a picture was asked for"
    assert "generation.progress" in [name for name, _ in told]
    last, updated = told[-1]
    assert last == "search.updated"
    made = updated["hits"][updated["generated"]["ranks"][0] - 1]
    assert (made["origin"], made["id"]) == ("generated", updated["generated"]["items"][0])
    assert made["item"]["title"] == "zebra riding unicycle"


def test_without_a_stream_the_job_s_address_is_given(making: Service) -> None:
    """The answer comes at once; the picture is followed at its job, and found by the next search."""
    told = search(making, query="lobster playing chess", generate="always")
    generation = told["generation"]
    assert generation["events_url"] == f"/v1/jobs/{generation['job']}/events"
    end = time.monotonic() + 60
    while making.client.get(f"/v1/jobs/{generation['job']}").json()["status"] != "completed":
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "event: completed" in making.client.get(generation["events_url"]).text


def test_what_is_there_is_not_made(making: Service) -> None:
    """`auto` says why it makes nothing, with numbers and thresholds; `never` says nothing at all."""
    generation = search(making, query="horse", generate="auto")["generation"]
    assert generation["job"] is None
    assert generation["why"]
    numbers = generation["numbers"]
    assert numbers["best_score"] > 0.3
    assert 0 <= numbers["score_share_threshold"] < numbers["score_share"] <= 1
    assert "generation" not in search(making, query="horse")
    address = making.client.get("/v1/search", params={"query": "horse", "generate": "auto"}).json()
    assert address["generation"]["numbers"]["score_share"] == numbers["score_share"]


def test_what_is_not_there_is_made(making: Service) -> None:
    """`auto` makes a picture where the caller's filter leaves nothing, and says so."""
    nowhere = {"eq": {"category": "nowhere"}}
    generation = search(making, query="horse", filter=nowhere, generate="auto")["generation"]
    assert generation["why"] == "nothing was found"
    assert generation["job"] is not None
    making.client.delete(f"/v1/jobs/{generation['job']}")


@pytest.mark.parametrize(
    ("body", "field"), [({"generate": "always"}, "generate"), ({"generate": "maybe"}, "generate")]
)
def test_a_wish_that_cannot_be_granted_is_named(making: Service, body: dict[str, Any], field: str) -> None:
    """Nothing to draw, and a word that is no wish, are 422s of the field."""
    answer = making.client.post("/v1/search", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
