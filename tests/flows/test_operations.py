"""Tests what running the service needs: health, readiness, metrics, keys, snapshots, capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flows.service import run_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.flows.service import Service


def test_a_service_tells_that_it_lives_and_is_ready(shared: Service) -> None:
    """Health and readiness answer 200 once search can be answered."""
    assert shared.client.get("/healthz").json() == {"status": "ok"}
    assert shared.client.get("/readyz").json() == {"ready": True, "waiting_for": {}}


def test_requests_are_counted_by_their_route(shared: Service) -> None:
    """Metrics tell routes by template, never by id, and show the views' place in the log."""
    shared.client.get("/v1/items/never/was")
    families = {f.name: f for f in text_string_to_metric_families(shared.client.get("/metrics").text)}
    routes = {s.labels["route"] for s in families["trouvere_requests"].samples}
    assert "/v1/items/{item_id:path}" in routes
    assert not any("never" in route for route in routes)
    lsn = families["trouvere_log_lsn"].samples[0].value
    assert lsn >= families["trouvere_items"].samples[0].value > 0


def test_every_answer_carries_its_request_id(shared: Service) -> None:
    """A caller's id is kept when it is usable, else one is made; errors repeat it."""
    answer = shared.client.get("/v1/items/none", headers={"X-Request-Id": "my-id"})
    assert answer.headers["x-request-id"] == "my-id"
    assert answer.json()["request_id"] == "my-id"
    made = shared.client.get("/healthz", headers={"X-Request-Id": "bad id"}).headers["x-request-id"]
    assert len(made) == 32


def test_capabilities_list_every_public_name_with_its_words(shared: Service) -> None:
    """The lists hold the field's names, each with a sentence."""
    told = shared.client.get("/v1/capabilities").json()
    names = {kind: {entry["name"] for entry in entries} for kind, entries in told.items()}
    assert {"term", "text"} <= names["branches"]
    assert {"euler", "heun", "ddim", "dpmpp_2m", "unipc"} <= names["samplers"]
    assert {"rrf", "convex"} <= names["fusions"]
    assert {"png", "jpeg", "webp"} <= names["formats"]
    assert all(entry["doc"] for entries in told.values() for entry in entries)


def test_a_key_is_asked_for_once_one_is_configured(serving: Callable[..., Service]) -> None:
    """Without the key nothing of /v1 answers; the key never reaches the log."""
    service = serving(api_keys="s3cret-key", model="none", log_level="debug")
    assert service.client.get("/v1/stats").status_code == 401
    opened = service.client.get("/v1/stats", headers={"Authorization": "Bearer s3cret-key"})
    assert opened.status_code == 200
    service.client.get("/v1/items/s3cret-key", headers={"X-API-Key": "s3cret-key"})
    assert service.stop() == 0
    assert not any("s3cret-key" in line for line in service.said)


def test_a_snapshot_shortens_the_next_start(serving: Callable[..., Service], tmp_path: Path) -> None:
    """A snapshot is written on demand; the next process starts from it and finds the same."""
    data = tmp_path / "data"
    service = serving(data=data, model="none")
    service.client.put("/v1/items/a", params={"refresh": True}, json={"title": "anchor"})
    told = service.client.post("/v1/admin/snapshots").json()
    assert told["snapshot"].startswith("snapshot-")
    service.client.put("/v1/items/b", params={"refresh": True}, json={"title": "boat"})
    service.kill()
    again = serving(data=data, model="none")
    hits = again.client.post("/v1/search", json={"query": "anchor boat"}).json()["hits"]
    assert {hit["id"] for hit in hits} == {"a", "b"}


def test_unknown_paths_and_methods_are_problem_documents(shared: Service) -> None:
    """404 and 405 have the form of every other error."""
    for answer, status in (
        (shared.client.get("/v1/nothing"), 404),
        (shared.client.patch("/v1/search"), 405),
    ):
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_collection_goes_out_and_comes_back_the_same(shared: Service, tmp_path: Path) -> None:
    """Export and import give the same items, pictures included, and repeating an import writes nothing."""
    run_app("export", str(tmp_path / "out"), "--data", str(shared.data))
    target = str(tmp_path / "copy")
    first = run_app("import", str(tmp_path / "out"), "--data", target)
    items = shared.client.get("/v1/stats").json()["items"]
    assert f"{items} written, 0 unchanged, 0 refused" in first.stdout
    again = run_app("import", str(tmp_path / "out"), "--data", target)
    assert f"0 written, {items} unchanged, 0 refused" in again.stdout
    run_app("export", str(tmp_path / "twice"), "--data", target)
    one, other = (sorted((tmp_path / name).rglob("*")) for name in ("out", "twice"))
    assert [p.name for p in one] == [p.name for p in other]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, other, strict=True) if a.is_file())


def test_views_can_be_rebuilt_from_the_log_alone(serving: Callable[..., Service], tmp_path: Path) -> None:
    """`rebuild` and `snapshot` write a snapshot that a service starts from, without the service."""
    data = tmp_path / "data"
    service = serving(data=data, model="none")
    service.client.put("/v1/items/a", params={"refresh": True}, json={"title": "lighthouse"})
    service.kill()
    for command in ("rebuild", "snapshot"):
        told = run_app(command, "--data", str(data)).stdout
        assert "snapshot-" in told
    again = serving(data=data, model="none")
    hits = again.client.post("/v1/search", json={"query": "lighthouse"}).json()["hits"]
    assert [hit["id"] for hit in hits] == ["a"]


def test_a_taken_address_is_told_in_words(shared: Service, tmp_path: Path) -> None:
    """A second service on the same port ends at once and says why."""
    port = shared.address.rpartition(":")[2]
    with pytest.raises(RuntimeError, match="cannot listen"):
        run_app("serve", "--data", str(tmp_path), "--port", port)
