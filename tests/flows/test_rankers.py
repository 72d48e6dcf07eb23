"""The loop of ranking through the front door: show, act, train, deploy, explain, take back."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.flows.service import run_app, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from tests.flows.service import Service

WORDS = ("red", "blue", "green", "old", "new", "small")
FEATURES = '[[feature]]\nname = "is_round"\nexpression = "item.shape == \'round\'"\n'
SEARCHES = 120
WORDS_ALONE = {"encoder": "none", "image_encoder": "none"}
KEYS = '{"ann": "secret-of-ann", "ci": "secret-of-ci"}'


def fill(client: httpx.Client) -> None:
    """Put things of every word, round or square by chance."""
    chance = random.Random(0)
    lines = [
        {
            "id": f"{word}-{number}",
            "title": f"{word} thing {number}",
            "popularity": float(number % 3),
            "attributes": {"shape": "round" if chance.random() < 0.6 else "square"},
        }
        for word in WORDS
        for number in range(16)
    ]
    content = "\n".join(json.dumps(line) for line in lines)
    answer = client.post("/v1/items:batch", params={"refresh": "true"}, content=content)
    assert answer.json()["accepted"] == len(lines)


def search(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """Return the answer to one search."""
    answer = client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def act(client: httpx.Client, seed: int = 0) -> None:
    """Search as people who look from the top and take what is round; every other act names no answer."""
    rng = random.Random(seed)
    events = []
    for number in range(SEARCHES):
        told = search(client, query=rng.choice(WORDS), session=f"s{number}", limit=16)
        for position, hit in enumerate(told["hits"], start=1):
            wanted = 0.9 if hit["item"]["attributes"]["shape"] == "round" else 0.1
            if rng.random() < wanted / position**0.5:
                click = {"type": "click", "item": hit["id"], "session": f"s{number}", "position": position}
                about = {"request_id": told["request_id"]} if number % 2 else {}
                events.append({**click, **about})
    content = "\n".join(json.dumps(event) for event in events)
    assert client.post("/v1/events:batch", content=content).json()["accepted"] == len(events)


def leaves(tree: dict[str, Any]) -> list[float]:
    """Return the contributions of a tree's leaves."""
    children = tree.get("children")
    return [leaf for child in children for leaf in leaves(child)] if children else [tree["contribution"]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service where people acted, and a ranker trained on it; tests take back what they decide."""
    home = tmp_path_factory.mktemp("trained")
    own = home / "features.toml"
    own.write_text(FEATURES)
    settings = {"features_file": str(own), **WORDS_ALONE}
    patient = "10000"  # machines under load take their time
    service = start(home / "data", "--model", "none", api_keys=KEYS, ranker_deadline_ms=patient, **settings)
    try:
        service.client.headers["X-API-Key"] = "secret-of-ann"
        service.wait_ready()
        fill(service.client)
        act(service.client)
        told = run_app("train", "ranker", "--from", "events", "--data", str(service.data), **settings)
        assert "learned@1 (lambdamart), by time" in told.stdout
        assert f"{SEARCHES} answers were shown" in told.stderr
        yield service
        assert service.stop() == 0
    finally:
        if service.process.poll() is None:
            service.kill()


@pytest.fixture
def watched_service(trained: Service) -> Iterator[Service]:
    """The same service, where nobody watches and nothing is tried when the test is over, however it ends."""
    yield trained
    trained.client.post("/v1/rankers/learned/canary", json={"percent": 0})
    trained.client.post("/v1/rankers/learned/shadow", json={"enabled": False})


def test_a_ranker_is_trained_deployed_explained_and_rolled_back(trained: Service) -> None:
    """Clicks become a ranker that brings up what people take; each step is told, and can be undone."""
    client = trained.client
    (ranker,) = client.get("/v1/rankers").json()["rankers"]
    (version,) = ranker["versions"]
    assert (version["status"], version["feature_version_known"]) == ("idle", True)
    assert version["metrics"]["gain_over_fused"]["low"] > 0
    assert version["fit"]["start"]["feature"] == "fused_score"
    assert 0 < version["fit"]["trees"] <= version["fit"]["trees_tried"]
    assert "is_round" in version["importance"]
    assert version["answers_with_actions"] > 0.9 * SEARCHES  # half of them by acts that name no answer

    before = search(client, query="red", limit=6)
    assert before["ranker"] == {"name": "none", "version": None, "status": "fused"}
    deployed = client.post("/v1/rankers/learned/deploy").json()
    assert (deployed["live"], deployed["before"]) == ("learned@1", None)
    after = search(client, query="red", limit=6, explain=True)
    assert after["ranker"] == {"name": "learned", "version": 1, "status": "ok"}
    assert [hit["item"]["attributes"]["shape"] for hit in after["hits"]] == ["round"] * 6
    for hit in after["hits"]:
        assert sum(leaves(hit["explanation"])) == pytest.approx(hit["score"], abs=1e-5)
        assert hit["explanation"]["name"] == "ranker learned@1"
        assert [reason["code"] for reason in hit["reasons"]][:1] in ([], ["title_words"], ["popular"])

    past = client.get(f"/v1/search/{after['request_id']}").json()
    assert [hit["id"] for hit in past["hits"]] == [hit["id"] for hit in after["hits"]]
    assert past["hits"][0]["features"]["is_round"] == 1.0
    assert past["hits"][0]["score"] == pytest.approx(after["hits"][0]["score"], rel=1e-6)

    fused = search(client, query="red", limit=6, ranker="none")
    assert [hit["id"] for hit in fused["hits"]] == [hit["id"] for hit in before["hits"]]
    client.post("/v1/rankers/learned/rollback")
    assert search(client, query="red", limit=6)["ranker"]["status"] == "fused"
    assert search(client, query="red", ranker="learned@1")["ranker"]["status"] == "ok"
    with ThreadPoolExecutor(2) as pool:  # hot swaps drop no request
        asked = [pool.submit(search, client, query="red", limit=3) for _ in range(40)]
        for action in ("deploy", "rollback"):
            assert client.post(f"/v1/rankers/learned/{action}").status_code == 200
        statuses = {one.result()["ranker"]["status"] for one in asked}
        assert all(len(one.result()["hits"]) == 3 for one in asked)
    assert statuses <= {"ok", "fused"}
    history = client.get("/v1/rankers").json()["rankers"][0]["history"]
    assert [one["action"] for one in history[-4:]] == ["deploy", "rollback"] * 2
    assert {one["caller"] for one in history[-4:]} == {"ann"}
    assert "secret" not in json.dumps(history)


def test_decisions_reach_every_process_from_the_command_line_too(
    watched_service: Service, serving: Callable[..., Service]
) -> None:
    """A command decides beside the running service, which follows the log; so does the next process."""
    trained = watched_service
    own = str(trained.data.parent / "features.toml")
    data, client = str(trained.data), trained.client
    ci = {"X-API-Key": "secret-of-ci"}
    # Looking one back writes down all that were answered before, so that nobody watched those.
    client.get(f"/v1/search/{search(client, query='old', session='s')['request_id']}")
    assert client.post("/v1/rankers/learned/shadow", headers=ci).json()["shadows"] == ["learned@1"]
    run_app("rankers", "canary", "learned", "--percent", "100", "--data", data, features_file=own)
    history: list[dict[str, Any]] = []
    end = time.monotonic() + 30
    while time.monotonic() < end and [one["action"] for one in history] != ["shadow", "canary"]:
        history = client.get("/v1/rankers").json()["rankers"][0]["history"][-2:]
    assert [(one["action"], one["caller"].split(":")[0]) for one in history] == [
        ("shadow", "ci"),
        ("canary", "cli"),
    ]
    watched = search(client, query="blue", session="t", limit=3)
    assert watched["ranker"]["name"] == "learned"
    past = client.get(f"/v1/search/{watched['request_id']}").json()
    assert past["hits"][0]["shadows"]["learned@1"] == pytest.approx(past["hits"][0]["score"], rel=1e-5)
    report = client.get("/v1/rankers/learned/report").json()
    assert report["shadows"][0]["rank_correlation"] > 0.99

    # A build with another feature list does not know what the package was trained on, and says so.
    other = serving("--model", "none", data=trained.data, **WORDS_ALONE)
    told = search(other.client, query="red", session="s")
    assert (told["ranker"]["status"], told["ranker"]["name"]) == ("failed", "learned")
    assert "is_round" in told["ranker"]["why"]
    refused = other.client.post("/v1/rankers/learned/deploy")
    assert refused.status_code == 409
    assert "learned@1" in refused.json()["detail"]


def test_what_is_wrong_is_refused_by_its_field(trained: Service) -> None:
    """Unknown rankers, versions, shares and fields are told where they stand."""
    client = trained.client
    unknown = client.post("/v1/search", json={"query": "horse", "ranker": "nobody"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "ranker")
    assert client.get("/v1/search", params={"query": "horse", "ranker": "none"}).status_code == 200
    assert client.post("/v1/rankers/nobody/deploy").status_code == 404
    share = client.post("/v1/rankers/nobody/canary", json={"percent": 101})
    assert (share.status_code, share.json()["errors"][0]["field"]) == (422, "percent")
    extra = client.post("/v1/rankers/nobody/shadow", json={"loud": True})
    assert (extra.status_code, extra.json()["errors"][0]["field"]) == (422, "loud")
    names = {one["name"] for one in client.get("/v1/capabilities").json()["features"]}
    assert {"title_coverage", "term_score", "fused_rank", "user_affinity", "item_distance_km"} <= names


def test_fusion_weights_are_fitted_deployed_and_taken_back(trained: Service, tmp_path: Path) -> None:
    """Judgments give weights that then fuse every search that names no fusion, until they are rolled back."""
    client, own = trained.client, str(trained.data.parent / "features.toml")
    judgments = tmp_path / "judgments.jsonl"
    queries = [f"{word} thing {number}" for word in WORDS for number in range(4)]
    lines = [{"query": query, "item": query.replace(" thing ", "-"), "grade": 1} for query in queries]
    judgments.write_text("\n".join(json.dumps(line) for line in lines))
    told = run_app(
        "train",
        "fusion",
        "--judgments",
        str(judgments),
        "--data",
        str(trained.data),
        features_file=own,
        **WORDS_ALONE,
    )
    assert "weights@1: nDCG@10" in told.stdout
    assert client.post("/v1/rankers/weights/deploy").json()["live"] == "weights@1"
    fused = search(client, query="red thing", explain=True)
    assert fused["hits"][0]["explanation"]["name"] == "weights@1"
    assert sum(leaves(fused["hits"][0]["explanation"])) == pytest.approx(fused["hits"][0]["score"])
    assert (
        search(client, query="red thing", fusion="rrf", explain=True)["hits"][0]["explanation"]["name"]
        == "rrf"
    )
    client.post("/v1/rankers/weights/rollback")
    assert search(client, query="red thing", explain=True)["hits"][0]["explanation"]["name"] == "convex"
