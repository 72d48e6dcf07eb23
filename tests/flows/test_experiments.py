"""Experiments through the front door: started, seen in answers, reported on, durable, ended."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from tests.flows.service import Service

ARMS = [
    {"name": "control"},
    {"name": "words", "override": {"branches": {"text": {"enabled": False}}}},
]
NUM_USERS = 120
SETTLE_S = 10.0


@pytest.fixture
def client(shared: Service) -> Iterator[httpx.Client]:
    """A service for everybody, left without experiments."""
    yield shared.client
    for one in shared.client.get("/v1/experiments").json()["experiments"]:
        shared.client.delete(f"/v1/experiments/{one['name']}").raise_for_status()


def search(client: httpx.Client, user: str, **fields: Any) -> dict[str, Any]:
    """Return one answer."""
    answer = client.post("/v1/search", json={"query": "horse", "user": user, "limit": 5, **fields})
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def settled(client: httpx.Client, name: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the first report of which something holds: exposures are written behind the answers."""
    end = time.monotonic() + SETTLE_S
    while True:
        report: dict[str, Any] = client.get(f"/v1/experiments/{name}/report").json()
        if holds(report):
            return report
        assert time.monotonic() < end, report
        time.sleep(0.1)


def click(client: httpx.Client, answers: list[tuple[dict[str, Any], int]]) -> None:
    """Click on the hits at these places (from 0)."""
    lines = [
        {
            "type": "click",
            "request_id": answer["request_id"],
            "item": answer["hits"][place]["id"],
            "position": place + 1,
        }
        for answer, place in answers
    ]
    client.post("/v1/events:batch", content="\n".join(map(json.dumps, lines))).raise_for_status()


def test_a_split_is_answered_by_arms_and_reported(client: httpx.Client) -> None:
    """Each user keeps an arm, which decides the answer; clicks on one arm alone make it better."""
    put = client.put("/v1/experiments/words", json={"arms": ARMS, "metric": "ctr"})
    assert put.status_code == 200, put.text
    assert (put.json()["status"], put.json()["share"]) == ("running", 1.0)
    arms: dict[str, str] = {}
    clicks = []
    for number in range(NUM_USERS):
        answer = search(client, f"ann-{number}")
        arm = arms[f"ann-{number}"] = answer["experiments"]["words"]
        status = {one["name"]: one["status"] for one in answer["branches"]}["text"]
        assert (status == "skipped") == (arm == "words")
        if arm == "words" or number % 5 == 0:
            clicks.append((answer, 0))
    assert set(arms.values()) == {"control", "words"}
    assert all(search(client, user)["experiments"]["words"] == arm for user, arm in list(arms.items())[:9])
    assert search(client, "ann-0", cursor=None)["experiments"] == {"words": arms["ann-0"]}
    click(client, clicks)
    report = settled(client, "words", lambda told: sum(a["searches"] for a in told["arms"]) >= NUM_USERS + 10)
    control, words = report["arms"]
    assert control["units"] + words["units"] == NUM_USERS
    assert words["units"] == sum(arm == "words" for arm in arms.values())
    assert words["metrics"]["ctr"]["interval"][0] > 0
    assert words["metrics"]["ctr"]["always_valid"]["p_value"] < 0.05
    assert report["verdict"] == "words is better"
    assert report["sample_ratio"]["alarm"] is False
    assert set(words["metrics"]) == {"ctr", "latency_ms", "empty_rate"}


def test_an_interleaving_drafts_and_credits(client: httpx.Client) -> None:
    """Answers are drafted from both arms; clicks on what only one arm would show are that arm's."""
    known = [one["name"] for one in client.get("/v1/capabilities").json()["branches"]]
    alone = {
        name: {"branches": {other: {"enabled": other == name} for other in known}}
        for name in ("term", "text")
    }
    body = {
        "kind": "interleave",
        "unit": "request",
        "arms": [{"name": name, "override": override} for name, override in alone.items()],
    }
    put = client.put("/v1/experiments/pair", json=body)
    assert put.status_code == 200, put.text
    clicks = []
    for number in range(30):
        answer = search(client, f"bob-{number}", query="riding animal", explain=True)
        assert answer["experiments"] == {"pair": "interleaved"}
        owners = ["text" if set(hit["branches"]) == {"text"} else "term" for hit in answer["hits"]]
        assert {"term", "text"} <= {one["name"] for one in answer["branches"] if one["status"] == "ok"}
        if "text" in owners:
            clicks.append((answer, owners.index("text")))
    assert len(clicks) > 20
    click(client, clicks)
    report = settled(client, "pair", lambda told: told["preference"]["searches_won"]["text"] >= len(clicks))
    assert report["preference"]["searches_won"]["term"] == 0
    assert report["verdict"] == "text is better"


def test_an_arm_decides_whether_a_picture_is_made(client: httpx.Client) -> None:
    """Who is in the arm that makes pictures gets one without asking; who is not gets a list alone."""
    arms = [{"name": "lists"}, {"name": "makes", "override": {"generate": "auto"}}]
    put = client.put("/v1/experiments/making", json={"arms": arms, "metric": "ctr"})
    assert put.status_code == 200, put.text
    nowhere = {"eq": {"category": "nowhere"}}
    answers = [search(client, f"cyd-{number}", filter=nowhere) for number in range(12)]
    for answer in answers:
        assert ("generation" in answer) == (answer["experiments"]["making"] == "makes")
    made = [answer["generation"] for answer in answers if "generation" in answer]
    assert 0 < len(made) < len(answers)
    assert {one["why"] for one in made} == {"nothing was found"}
    for one in made:
        client.delete(f"/v1/jobs/{one['job']}")


def test_what_cannot_run_names_its_field(client: httpx.Client) -> None:
    """Wrong names, full layers and unknown fields are refused where they stand; nothing of it is kept."""
    good = {"arms": ARMS, "layer": "shared", "traffic": 0.6}
    assert client.put("/v1/experiments/first", json=good).status_code == 200
    one = {"name": "b", "override": {"fusion": "magic"}}
    cases: list[tuple[dict[str, Any], str]] = [
        (good, "traffic"),
        ({"arms": [ARMS[0], one]}, "arms[1].override.fusion"),
        ({"arms": [ARMS[0], {"name": "b", "override": {"ranker": "nobody"}}]}, "arms[1].override.ranker"),
        ({"arms": [ARMS[0], {"name": "b", "override": {"query": "x"}}]}, "arms[1].override.query"),
        (
            {"arms": [ARMS[0], {"name": "b", "override": {"branches": {"term": {"weight": -1}}}}]},
            "arms[1].override.branches.term.weight",
        ),
        (
            {"arms": [ARMS[0], {"name": "b", "override": {"branches": {"magic": {"enabled": True}}}}]},
            "arms[1].override.branches.magic",
        ),
        ({"arms": ARMS, "metric": "joy"}, "metric"),
        ({"arms": ARMS, "colour": "red"}, "colour"),
        ({"arms": ARMS}, "arms[1].override.branches.text.enabled"),  # decided in another layer
    ]
    for body, field in cases:
        answer = client.put("/v1/experiments/second", json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field
    assert "'first' holds 0.6" in client.put("/v1/experiments/second", json=good).text
    assert client.get("/v1/experiments/second").status_code == 404
    assert client.get("/v1/experiments/second/report").status_code == 404
    assert client.delete("/v1/experiments/second").status_code == 404


def test_experiments_outlive_the_process(serving: Callable[..., Service]) -> None:
    """After a kill every unit has its arm again, and the history tells everything that was decided."""
    service = serving("--catalog", "none", "--model", "none", encoder="none")
    service.client.put("/v1/items/a?refresh=true", json={"title": "horse"}).raise_for_status()
    body = {"arms": [{"name": "a"}, {"name": "b", "weight": 3}], "traffic": 0.4}
    for traffic in (0.2, 0.4):
        service.client.put("/v1/experiments/x", json={**body, "traffic": traffic}).raise_for_status()
    users = [f"user-{i}" for i in range(60)]
    before = {user: search(service.client, user)["experiments"] for user in users}
    assert 0 < sum(bool(arms) for arms in before.values()) < len(users)
    service.kill()
    again = serving("--catalog", "none", "--model", "none", encoder="none")
    assert {user: search(again.client, user)["experiments"] for user in users} == before
    again.client.delete("/v1/experiments/x").raise_for_status()
    assert search(again.client, users[0])["experiments"] == {}
    told = again.client.get("/v1/experiments/x").json()
    assert told["status"] == "ended"
    assert [change["action"] for change in told["history"]] == ["put", "put", "end"]
    assert told["history"][1]["experiment"]["traffic"] == 0.4
