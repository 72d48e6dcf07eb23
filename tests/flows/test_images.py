"""Tests making pictures as a client sees it: whole, streamed, cancelled, found again, the same bytes."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, OpenAI
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.flows.service import Service


@pytest.fixture
def making(shared: Service) -> Service:
    """The shared service, its generator warm."""
    shared.wait_model()
    return shared


def generate(service: Service, **body: Any) -> dict[str, Any]:
    """Return the answer to a request for pictures that must succeed."""
    answer = service.client.post("/v1/images/generations", json={"prompt": "green apple", **body})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def pixels(datum: dict[str, Any]) -> bytes:
    """Return the raw pixels of a picture in an answer."""
    return Image.open(io.BytesIO(base64.b64decode(datum["b64_json"]))).convert("RGB").tobytes()


def events(service: Service, **body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a streamed request: name and data."""
    request = {"prompt": "green apple", "stream": True, **body}
    with service.client.stream("POST", "/v1/images/generations", json=request) as answer:
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_a_picture_is_made_kept_and_found(making: Service) -> None:
    """The finished picture is an item at once: by its address, by search, with its receipt."""
    told = generate(making, prompt="quixotic windmill", seed=11)
    datum = told["data"][0]
    image = Image.open(io.BytesIO(base64.b64decode(datum["b64_json"])))
    assert (image.size, image.format) == ((128, 128), "PNG")
    item = making.client.get(f"/v1/items/{datum['item']}").json()
    assert (item["origin"], item["title"]) == ("generated", "quixotic windmill")
    kept = making.client.get(item["image_url"]).content
    assert kept == base64.b64decode(datum["b64_json"])
    making.wait_vectors()
    first = making.client.post("/v1/search", json={"query": "quixotic windmill"}).json()["hits"][0]
    assert (first["id"], first["origin"]) == (datum["item"], "generated")
    assert datum["receipt"]["seed"] == 11


def test_the_same_seed_gives_the_same_bytes_in_any_company(making: Service) -> None:
    """Several pictures are n single ones with seed + i, whoever else is being served meanwhile."""
    alone = generate(making, seed=5, save=False)["data"]
    company = [
        threading.Thread(target=generate, args=(making,), kwargs={"prompt": p, "save": False, "sampler": s})
        for p, s in (("red car", "heun"), ("blue boat", "ancestral"), ("a tree", "euler"))
    ]
    for thread in company:
        thread.start()
    several = generate(making, seed=4, n=3, save=False)["data"]
    for thread in company:
        thread.join()
    assert pixels(several[1]) == pixels(alone[0])
    assert len({pixels(datum) for datum in several}) == 3


def test_few_steps_are_drawn_by_the_head(making: Service) -> None:
    """The model says that it has one; 1, 2 and 4 steps are pictures of their own, and the same each time."""
    assert "distilled" in making.client.get("/v1/models/trouvere-icons").json()["guidances"]
    drawn: dict[str, Any] = {"seed": 5, "save": False, "sampler": "few"}
    made = [generate(making, steps=steps, **drawn)["data"][0] for steps in (1, 2, 4, 4)]
    assert [one["receipt"]["evaluations_planned"] for one in made] == [1, 2, 4, 4]
    assert made[3]["receipt"]["grid"] == "trailing"
    assert len({pixels(one) for one in made}) == 3
    assert pixels(made[2]) == pixels(made[3])


def test_a_stream_shows_the_picture_coming(making: Service) -> None:
    """Progress counts up, previews come in order, and the last event has what a whole answer has."""
    told = list(events(making, seed=3, partial_images=3, prompt="yellow sun"))
    names = [name for name, _ in told]
    assert names[0] == "image_generation.started"
    assert names[-1] == "image_generation.completed"
    steps = [data["step"] for name, data in told if name == "image_generation.progress"]
    assert steps == sorted(steps)
    previews = [data for name, data in told if name == "image_generation.partial_image"]
    assert [data["partial_image_index"] for data in previews] == [0, 1, 2]
    whole = generate(making, seed=3, prompt="yellow sun", save=False)["data"][0]
    assert pixels(told[-1][1]) == pixels(whole)
    assert making.client.get(f"/v1/items/{told[-1][1]['item']}").status_code == 200


def test_a_job_can_be_followed_and_cancelled(making: Service) -> None:
    """DELETE ends a job at the next model call; its followers are told, and it keeps nothing."""
    ends: list[str] = []

    def follow() -> None:
        for name, data in events(making, prompt="slow picture", steps=200, n=4):
            if name == "image_generation.started":
                jobs.append(data["job"])
                begun.set()
            ends.append(name)

    jobs: list[str] = []
    begun = threading.Event()
    follower = threading.Thread(target=follow)
    follower.start()
    assert begun.wait(30)
    asked = time.monotonic()
    told = making.client.delete(f"/v1/jobs/{jobs[0]}").json()
    took = time.monotonic() - asked
    follower.join(30)
    assert told["status"] == "cancelled"
    assert told["pictures"] == []
    assert ends[-1] == "error"
    assert took < 20
    replay = making.client.get(f"/v1/jobs/{jobs[0]}/events").text
    assert "event: cancelled" in replay


def test_hanging_up_cancels(making: Service) -> None:
    """A caller who goes away frees the generator: the job ends as cancelled."""
    stream = events(making, prompt="abandoned", steps=200, n=4)
    _, data = next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator can be closed
    end = time.monotonic() + 30
    while making.client.get(f"/v1/jobs/{data['job']}").json()["status"] != "cancelled":
        assert time.monotonic() < end, "the job goes on without its caller"
        time.sleep(0.1)


def test_a_key_makes_asking_again_the_same_job(making: Service) -> None:
    """With an Idempotency-Key a lost connection loses nothing: asking again gives the job's pictures."""
    headers = {"Idempotency-Key": "picture-1"}
    body = {"prompt": "white swan", "save": False}
    answers = [
        making.client.post("/v1/images/generations", json=body, headers=headers).json() for _ in range(2)
    ]
    assert answers[0]["job"] == answers[1]["job"]
    assert answers[0]["data"] == answers[1]["data"]
    other = making.client.post("/v1/images/generations", json={**body, "n": 2}, headers=headers)
    assert other.status_code == 409
    assert other.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"sampler": "magic"}, "sampler"),
        ({"grid": "magic"}, "grid"),
        ({"size": "100x100"}, "size"),
        ({"model": "gpt-image-1"}, "model"),
        ({"colour": "red"}, "colour"),
        ({"partial_images": 2}, "partial_images"),
        ({"output_format": "bmp"}, "output_format"),
        ({"prompt": " "}, "prompt"),
        ({"sampler": "few", "steps": 3}, "steps"),
        ({"sampler": "few", "steps": 4, "guidance": 2}, "guidance"),
    ],
)
def test_unsupported_values_are_400_with_their_name(
    making: Service, body: dict[str, Any], param: str
) -> None:
    """Errors are OpenAI's object, and the field is in `param`."""
    answer = making.client.post("/v1/images/generations", json={"prompt": "x", **body})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


def test_openais_own_client_is_served(making: Service) -> None:
    """The official client makes a picture, follows a stream, lists models and reads errors."""
    client = OpenAI(base_url=f"{making.address}/v1", api_key="any", max_retries=0)
    made = client.images.generate(prompt="purple grape", response_format="b64_json", model="trouvere-icons")
    assert made.data is not None
    assert base64.b64decode(made.data[0].b64_json or "").startswith(b"\x89PNG")
    stream = client.images.generate(
        prompt="purple grape", stream=True, partial_images=1, model="trouvere-icons"
    )
    kinds = [event.type for event in stream]
    assert kinds.count("image_generation.partial_image") == 1
    assert kinds[-1] == "image_generation.completed"
    assert "trouvere-icons" in [model.id for model in client.models.list()]
    with pytest.raises(BadRequestError) as caught:
        client.images.generate(prompt="x", size="1x1", model="trouvere-icons")  # wrong on purpose
    assert caught.value.param == "size"
    client.close()


def test_a_killed_service_finishes_its_jobs_with_the_same_bytes(
    serving: Callable[..., Service], tmp_path: Path
) -> None:
    """A job acknowledged before SIGKILL is completed by the next process, from its seed."""
    service = serving(data=tmp_path / "data")
    service.wait_model()
    request = {"prompt": "grey whale", "seed": 21, "steps": 60, "save": False}
    stream = events(service, **request)
    _, started = next(stream)
    service.kill()
    again = serving(data=tmp_path / "data")
    again.wait_model()
    end = time.monotonic() + 60
    while (job := again.client.get(f"/v1/jobs/{started['job']}").json())["status"] != "completed":
        assert time.monotonic() < end, job
        time.sleep(0.2)
    after = again.client.get(job["pictures"][0]["url"]).content
    whole = generate(again, **request)["data"][0]
    assert Image.open(io.BytesIO(after)).convert("RGB").tobytes() == pixels(whole)
