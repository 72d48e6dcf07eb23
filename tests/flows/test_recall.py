"""Tests recall beyond words as a client sees it: by place, by the caller's own vectors, by pictures."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.flows.test_items import encoded, picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.flows.service import Service

BERLIN = {"lat": 52.52, "lon": 13.405}
FIELDS = {"style": {"dim": 3}, "colour": {"dim": 2, "metric": "l2"}}
ONLY_WORDS = {"encoder": "none", "model": "none", "image_encoder": "none"}


def ask(service: Service, **body: Any) -> dict[str, Any]:
    """Return the answer to a search."""
    answer = service.client.post("/v1/search", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ids(answer: dict[str, Any]) -> list[str]:
    """Return the ids of the hits, best first."""
    return [hit["id"] for hit in answer["hits"]]


def put(service: Service, item_id: str, **body: Any) -> None:
    """Write an item and wait until it can be found."""
    answer = service.client.put(f"/v1/items/{item_id}", json=body, params={"refresh": "true"})
    assert answer.status_code == 200, answer.text


def refused(service: Service, method: str, path: str, body: dict[str, Any]) -> str:
    """Return the field that a refusal names."""
    answer = service.client.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    return str(answer.json()["errors"][0]["field"])


def test_places_are_found_near_first_and_within_the_radius(serving: Callable[..., Service]) -> None:
    """Nearest first with the distance as the reason; a radius bounds all branches; it survives a restart."""
    service = serving(**ONLY_WORDS)
    places = {
        "far": (48.85, 2.35),
        "kiosk": (52.521, 13.405),
        "cafe": (52.5308, 13.405),
        "lake": (52.7, 13.4),
    }
    for item_id, (lat, lon) in places.items():
        put(service, item_id, title=f"coffee {item_id}", location={"lat": lat, "lon": lon})
    put(service, "nowhere", title="coffee", popularity=9)
    near = ask(service, location=BERLIN)
    assert ids(near)[:3] == ["kiosk", "cafe", "lake"]
    reasons = {hit["id"]: hit["reasons"][0]["text"] for hit in near["hits"]}
    assert (reasons["kiosk"], reasons["cafe"]) == ("It is 110 m from here.", "It is 1.2 km from here.")
    within = ask(service, query="coffee", location={**BERLIN, "radius_km": 5})
    assert (sorted(ids(within)), within["total"]) == (["cafe", "kiosk"], 2)
    assert set(ids(ask(service, query="coffee", location=BERLIN))) == {*places, "nowhere"}
    for person in ("ann", "bob"):
        event = {"type": "like", "user": person, "item": "lake"}
        assert service.client.post("/v1/events", json=event).is_success
    only = {name: {"enabled": False} for name in ("browse", "region", "trending", "behavior", "preference")}
    service._wait(lambda: ids(ask(service, location=BERLIN, branches=only)) == ["lake"], "likings", 30)
    liked = ask(service, location=BERLIN, branches=only)["hits"][0]
    assert liked["reasons"][0]["text"] == "It is liked around here."
    assert refused(service, "POST", "/v1/search", {"location": {"lat": 91, "lon": 0}}) == "location.lat"
    assert service.stop() == 0
    again = serving(**ONLY_WORDS)
    silent = {name: {"enabled": False} for name in ("around", "trending")}
    assert ids(ask(again, location=BERLIN, branches=silent))[:3] == ["kiosk", "cafe", "lake"]
    again.client.delete("/v1/items/kiosk", params={"refresh": "true"})
    assert ids(ask(again, location=BERLIN, branches=silent))[0] == "cafe"


def test_own_vectors_are_found_by_field(serving: Callable[..., Service]) -> None:
    """Each field has its dimension, metric and branch; wrong vectors are refused by name."""
    settings = {**ONLY_WORDS, "vector_fields": json.dumps(FIELDS)}
    service = serving(**settings)
    vectors = {"a": ([1, 0, 0], [0, 0]), "b": ([0.6, 0.8, 0], [3, 4]), "c": ([0, 0, 1], [1, 0])}
    for item_id, (style, colour) in vectors.items():
        put(service, item_id, title=item_id, embeddings={"style": style, "colour": colour})
    assert ids(ask(service, vectors={"style": [1, 0.1, 0]})) == ["a", "b", "c"]
    assert ids(ask(service, vectors={"colour": [1, 0]})) == ["c", "a", "b"]
    hit = ask(service, like="a", branches={"vector:colour": {"enabled": False}})["hits"][0]
    assert (hit["id"], list(hit["branches"])) == ("b", ["vector:style"])
    assert hit["reasons"][0]["text"] == "Its “style” vector is near that of “a” (score 0.60)."
    wrong = {"embeddings": {"style": [1, 2]}}
    assert refused(service, "PUT", "/v1/items/a", wrong) == "embeddings.style"
    assert refused(service, "POST", "/v1/search", {"vectors": {"style": [1, 2]}}) == "vectors.style"
    assert refused(service, "POST", "/v1/search", {"vectors": {"shape": [1]}}) == "vectors.shape"
    names = {branch["name"] for branch in service.client.get("/v1/capabilities").json()["branches"]}
    assert {"region", "around", "image", "vector:style", "vector:colour"} <= names
    assert service.client.get("/v1/items/b").json()["embeddings"]["colour"] == [3, 4]
    assert service.stop() == 0
    more = serving(**{**settings, "vector_fields": json.dumps({**FIELDS, "colour": {"dim": 2}})})
    more.wait_vectors()
    put(more, "d", title="d", embeddings={"colour": [5, 0]})
    assert ids(ask(more, vectors={"style": [1, 0.1, 0]}))[:1] == ["a"]  # from the snapshot
    assert ids(ask(more, vectors={"colour": [1, 0]}))[:2] == ["c", "d"]  # anew, by its new metric


def test_pictures_are_found_by_pictures_words_and_items(
    serving: Callable[..., Service], tmp_path: Path
) -> None:
    """A user's own CLIP folder serves all three; a picture finds itself first; others are refused by name."""
    pytest.importorskip("transformers", reason="needs trouvere[diffusers]")
    from tests.models.adapters.test_clip import save_clip

    save_clip(tmp_path / "clip")
    service = serving(**{**ONLY_WORDS, "image_encoder": str(tmp_path / "clip")})
    colours = {"red": (200, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 200)}
    for name, colour in colours.items():
        put(service, name, image=encoded(picture(colour)))
    service._wait(lambda: service.client.get("/v1/stats").json()["picture_vectors"] == 3, "pictures", 60)
    sent = base64.b64encode(picture(colours["green"])).decode()
    by_picture = ask(service, image=sent)
    assert ids(by_picture)[0] == "green"
    assert by_picture["hits"][0]["branches"]["image"]["score"] == pytest.approx(1, abs=1e-4)
    assert by_picture["hits"][0]["reasons"][0]["code"] == "looks_like_picture"
    assert sorted(ids(ask(service, like="red"))) == ["blue", "green"]
    by_words = ask(service, query="cat")
    assert sorted(ids(by_words)) == sorted(colours)
    assert by_words["hits"][0]["reasons"][0]["code"] == "looks"
    assert refused(service, "POST", "/v1/search", {"image": "bm8gcGljdHVyZQ=="}) == "image"
    assert refused(service, "POST", "/v1/search", {"image": "§"}) == "image"
    put(service, "red", title="no picture any more")
    service._wait(lambda: service.client.get("/v1/stats").json()["picture_vectors"] == 2, "pictures", 60)


def test_synonyms_are_managed_and_outlive_a_restart(serving: Callable[..., Service]) -> None:
    """Both ways and one way, at query time, with the found word as the reason; kept by log and snapshot."""
    service = serving(**ONLY_WORDS)
    put(service, "sofa", title="Red sofa")
    put(service, "vehicle", title="A vehicle")
    put(service, "bike", title="Bike 99")
    put(service, "pc", title="个人电脑")
    assert ids(ask(service, query="couch")) == []
    for name, body in {
        "seats": {"words": ["couch", "sofa"]},
        "rides": {"words": ["bike"], "to": ["vehicle"]},
    }.items():
        assert service.client.put(f"/v1/synonyms/{name}", json=body, params={"refresh": "true"}).is_success
    answer = ask(service, query="couch")
    assert (ids(answer), answer["hits"][0]["reasons"][0]["text"]) == (["sofa"], "The title has “sofa”.")
    assert "corrected_query" not in answer
    assert ids(ask(service, query="bike")) == ["bike", "vehicle"]
    assert ids(ask(service, query="vehicle")) == ["vehicle"]
    assert ids(ask(service, query="個人電腦")) == ["pc"]
    assert refused(service, "PUT", "/v1/synonyms/x", {"words": ["alone"]}) != ""
    assert service.stop() == 0
    again = serving(**ONLY_WORDS)
    assert set(again.client.get("/v1/synonyms").json()["synonyms"]) == {"seats", "rides"}
    assert ids(ask(again, query="couches")) == ["sofa"]
    gone = again.client.delete("/v1/synonyms/seats", params={"refresh": "true"})
    assert gone.json()["name"] == "seats"
    assert ids(ask(again, query="couch")) == []
    assert again.client.get("/v1/synonyms/seats").status_code == 404
