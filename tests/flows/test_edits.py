"""Tests that pictures begin from pictures, are proven by receipts, and survive a kill of the service."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.app.generate.files import file, holed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.flows.service import Service

RED = file("red", (128, 128))
QUICK = {"steps": "3", "save": "false"}
WORDS_ALONE = {"encoder": "none", "image_encoder": "none"}  # nothing is searched for there


@pytest.fixture
def making(shared: Service) -> Service:
    """The shared service, its generator warm."""
    shared.wait_model()
    return shared


def edit(service: Service, path: str = "edits", files: Any = None, **fields: str) -> dict[str, Any]:
    """Return the answer to an edit or a variation that must succeed."""
    sent = {"image": ("red.png", RED)} if files is None else files
    answer = service.client.post(f"/v1/images/{path}", data={**QUICK, **fields}, files=sent)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def pixels(datum: dict[str, Any]) -> bytes:
    """Return the raw pixels of a picture in an answer."""
    return Image.open(io.BytesIO(base64.b64decode(datum["b64_json"]))).convert("RGB").tobytes()


def generate(service: Service, **body: Any) -> dict[str, Any]:
    """Return the first picture of a request that must succeed."""
    answer = service.client.post("/v1/images/generations", json={"prompt": "green apple", "steps": 4, **body})
    assert answer.status_code == 200, answer.text
    datum: dict[str, Any] = answer.json()["data"][0]
    return datum


def test_strength_says_how_much_is_drawn_anew(making: Service) -> None:
    """A little strength stays near the picture, all of it leaves nothing; the receipt says the source."""
    red = Image.open(io.BytesIO(RED)).tobytes()

    def away(datum: dict[str, Any]) -> float:
        return sum(abs(a - b) for a, b in zip(pixels(datum), red, strict=True)) / len(red)

    near = edit(making, prompt="star", strength="0.05", seed="4")["data"][0]
    far = edit(making, prompt="star", strength="1", seed="4")["data"][0]
    assert away(near) < 20 < away(far)
    source = near["receipt"]["source"]
    assert (source["why"], source["is_latent"]) == ("asked", False)
    assert near["receipt"]["evaluations"] + near["receipt"]["evaluations_saved"] == 3


def test_an_item_is_varied_by_its_id(making: Service) -> None:
    """No picture is sent: the collection's own is varied, under its title unless told otherwise."""
    item = making.client.post("/v1/search", json={"query": "horse"}).json()["hits"][0]
    told = edit(making, "variations", files={"item": (None, item["id"])}, seed="2", n="2")
    assert len({datum["b64_json"] for datum in told["data"]}) == 2
    receipt = told["data"][0]["receipt"]
    assert (receipt["source"]["item"], receipt["prompt"]) == (item["id"], item["item"]["title"])


@pytest.mark.parametrize(
    ("path", "fields", "files", "param"),
    [
        ("edits", {"prompt": "a"}, {"mask": holed()}, "image"),
        ("edits", {}, {"image": RED}, "prompt"),
        ("edits", {"prompt": "a"}, {"image": b"no picture"}, "image"),
        ("edits", {"prompt": "a"}, {"image": RED, "mask": holed((64, 64))}, "mask"),
        ("edits", {"prompt": "a"}, {"image": RED, "mask": RED}, "mask"),
        ("edits", {"prompt": "a"}, [("image[]", RED), ("image[]", RED)], "image"),
        ("edits", {"prompt": "a", "input_fidelity": "high"}, {"image": RED}, "input_fidelity"),
        ("edits", {"prompt": "a", "strength": "2"}, {"image": RED}, "strength"),
        (
            "edits",
            {"prompt": "a", "output_format": "jpeg", "background": "transparent"},
            {"image": RED},
            "background",
        ),
        ("variations", {}, {"mask": holed()}, "image"),
        ("variations", {"item": "nobody"}, {"mask": holed()}, "item"),
        ("variations", {"item": "nobody"}, {"image": RED}, "image"),
        ("variations", {"n": "11"}, {"image": RED}, "n"),
    ],
)
def test_what_cannot_be_edited_is_named(
    making: Service, path: str, fields: dict[str, str], files: Any, param: str
) -> None:
    """Errors are OpenAI's object, and the field is in `param`."""
    answer = making.client.post(f"/v1/images/{path}", data=fields, files=files)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"output_format": "svg", "stream": True, "partial_images": 1}, "partial_images"),
        ({"output_format": "svg", "output_compression": 50}, "output_compression"),
        ({"output_format": "jpeg", "background": "transparent"}, "background"),
        ({"control": {"mood": "sad"}}, "control.mood"),
        ({"control_scale": 3}, "control_scale"),
        ({"prime": {"item": "nobody", "strength": 0.5}}, "prime.item"),
        ({"prime": {"item": "nobody", "strength": 2}}, "prime.strength"),
        ({"neighbours": ["nobody"]}, "neighbours.0"),
        ({"neighbours": "sometimes"}, "neighbours"),
        ({"neighbours": []}, "neighbours"),
    ],
)
def test_what_does_not_go_together_is_named(making: Service, body: dict[str, Any], param: str) -> None:
    """Combinations that cannot be served are 400s of the field that is wrong."""
    answer = making.client.post("/v1/images/generations", json={"prompt": "x", **body})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


def test_drawings_are_kept_as_pictures_and_sent_safely(making: Service) -> None:
    """The job's SVG comes under a policy that runs nothing; the item shows a PNG, or outlines."""
    datum = generate(making, output_format="svg", response_format="url", seed=6)
    sent = making.client.get(datum["url"])
    assert sent.headers["content-type"] == "image/svg+xml"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in sent.headers["content-security-policy"]
    address = f"/v1/items/{datum['item']}/image"
    assert making.client.get(address).headers["content-type"] == "image/png"
    drawn = making.client.get(address, params={"format": "svg", "background": "transparent"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.content.startswith(b"<svg ")
    assert making.client.get(address, params={"format": "gif"}).status_code == 422


def test_a_picture_begins_from_what_is_named(making: Service) -> None:
    """The latent kept beside a picture is where the next one starts; a seed alone is noise."""
    first = generate(making, seed=1, steps=6)
    begun = generate(making, seed=2, steps=6, prime={"item": first["item"], "strength": 0.3}, save=False)
    source = begun["receipt"]["source"]
    assert (source["item"], source["digest"]) == (first["item"], first["receipt"]["latent_sha256"])
    assert begun["receipt"]["evaluations_saved"] == 6 - begun["receipt"]["evaluations"] > 0
    alone = generate(making, seed=2, steps=6, save=False)
    assert alone["receipt"]["source"] is None
    assert alone["receipt"]["evaluations_saved"] == 0


def test_the_model_is_shown_what_is_named(making: Service) -> None:
    """Neighbours change the picture, stand in its receipt, and prove it; a seed alone is shown nothing."""
    first = generate(making, seed=1, steps=4)
    words = generate(making, seed=5, steps=4, save=False)
    shown = generate(making, seed=5, steps=4, neighbours=[first["item"]], save=False)
    assert words["receipt"]["neighbours"] == []
    assert [one["item"] for one in shown["receipt"]["neighbours"]] == [first["item"]]
    assert shown["receipt"]["source"] is None
    assert shown["receipt"]["pixels_sha256"] != words["receipt"]["pixels_sha256"]
    told = making.client.post("/v1/images/replay", json={"receipt": shown["receipt"]}).json()
    assert told["equal"] is True, told


def test_a_receipt_proves_its_picture(making: Service) -> None:
    """Made again from the receipt, or from the file that has it, every pixel is the same."""
    first = generate(making, seed=31, steps=4)
    begun = generate(
        making, seed=32, steps=4, prime={"item": first["item"], "strength": 0.5}, background="transparent"
    )
    for body in ({"receipt": first["receipt"]}, {"image": begun["b64_json"]}):
        told = making.client.post("/v1/images/replay", json=body).json()
        assert told["equal"] is True, told
        assert told["differences"] == []
    forged = {**first["receipt"], "pixels_sha256": "0" * 64}
    told = making.client.post("/v1/images/replay", json={"receipt": forged}).json()
    assert (told["equal"], told["differences"][0]["field"]) == (False, "pixels_sha256")
    other = {**first["receipt"], "model_digest": "0" * 64}
    refused = making.client.post("/v1/images/replay", json={"receipt": other})
    assert refused.status_code == 409
    assert "model_digest" in refused.json()["error"]["message"]


def test_a_likelihood_has_an_error_and_a_unit(making: Service) -> None:
    """A picture of the collection is likelier than noise, by more than both errors."""
    item = making.client.post("/v1/search", json={"query": "horse"}).json()["hits"][0]
    icon = making.client.get(item["image_url"]).content
    noise = Image.effect_noise((128, 128), 90).convert("RGB")
    file_of_noise = io.BytesIO()
    noise.save(file_of_noise, "PNG")
    likely, unlikely = (
        making.client.post(
            "/v1/images/likelihood",
            json={"image": base64.b64encode(content).decode(), "num_probes": 2, "seed": 1},
        ).json()
        for content in (icon, file_of_noise.getvalue())
    )
    assert likely["unit"] == unlikely["unit"] != ""
    assert likely["value"] - unlikely["value"] > likely["standard_error"] + unlikely["standard_error"] > 0
    assert likely["dimensions"] == 1024


def test_a_copy_of_the_collection_is_marked(making: Service) -> None:
    """Drawn from an icon and hardly changed, a picture names it; one of its own names none."""
    item = making.client.post("/v1/search", json={"query": "horse"}).json()["hits"][0]
    told = edit(making, "variations", files={"item": (None, item["id"])}, strength="0.02", seed="2")
    near = told["data"][0]["near_copy"]
    assert near is not None
    assert 0.9 < near["similarity"] <= 1
    assert told["data"][0]["receipt"]["near_copy"] == near


def test_a_killed_service_finishes_an_edit_with_the_same_bytes(
    serving: Callable[..., Service], tmp_path: Path
) -> None:
    """The uploads are in the store with the job: the next process draws from the same picture and mask."""
    service = serving(data=tmp_path / "data", **WORDS_ALONE)
    service.wait_model()
    fields = {"prompt": "grey whale", "seed": "21", "steps": "20", "save": "false"}
    files = {"image": RED, "mask": holed((128, 128), (0, 0, 64, 128))}
    with service.client.stream(
        "POST", "/v1/images/edits", data={**fields, "stream": "true"}, files=files
    ) as answer:
        started = next(line for line in answer.iter_lines() if line.startswith("data: "))
        service.kill()
    job_id = json.loads(started.removeprefix("data: "))["job"]
    again = serving(data=tmp_path / "data", **WORDS_ALONE)
    again.wait_model()
    end = time.monotonic() + 60
    while (job := again.client.get(f"/v1/jobs/{job_id}").json())["status"] != "completed":
        assert time.monotonic() < end, job
        time.sleep(0.2)
    after = again.client.get(job["pictures"][0]["url"]).content
    whole = again.client.post("/v1/images/edits", data=fields, files=files).json()["data"][0]
    assert Image.open(io.BytesIO(after)).convert("RGB").tobytes() == pixels(whole)
