"""Tests that OpenAI's own client is served: pictures, edits, variations, models, embeddings."""

from __future__ import annotations

import asyncio
import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from PIL import Image

from tests.app.generate.files import file, holed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.flows.service import Service

MODEL = "trouvere-icons"
ENCODER = "all-MiniLM-L6-v2"
QUICK: dict[str, Any] = {"steps": 3, "save": False}


@pytest.fixture(scope="module")
def client(shared: Service) -> Iterator[OpenAI]:
    """The official client, unchanged, on the shared service with its generator warm."""
    shared.wait_model()
    with OpenAI(base_url=f"{shared.address}/v1", api_key="any", max_retries=0) as client:
        yield client


def picture(b64: str | None) -> Image.Image:
    """Return the picture in an answer."""
    return Image.open(io.BytesIO(base64.b64decode(b64 or "")))


def test_pictures_come_whole_or_as_a_stream(client: OpenAI) -> None:
    """A whole answer has its usage; a stream has previews, then the picture."""
    made = client.images.generate(
        prompt="purple grape", model=MODEL, response_format="b64_json", extra_body=QUICK
    )
    assert made.data is not None
    assert made.usage is not None
    assert picture(made.data[0].b64_json).size == (128, 128)
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    assert made.usage.input_tokens > 2
    stream = client.images.generate(
        prompt="purple grape",
        model=MODEL,
        stream=True,
        partial_images=1,
        extra_body={**QUICK, "prime": "never"},  # begun from the first, too little is left to be seen coming
    )
    kinds = [event.type for event in stream if "_image" in event.type or "completed" in event.type]
    assert kinds == ["image_generation.partial_image", "image_generation.completed"]


def test_a_transparent_svg_is_had_for_the_asking(client: OpenAI) -> None:
    """Format and background are the client's own fields."""
    made = client.images.generate(
        prompt="purple grape", model=MODEL, output_format="svg", background="transparent", extra_body=QUICK
    )
    assert made.data is not None
    content = base64.b64decode(made.data[0].b64_json or "")
    assert content.startswith(b"<svg ")
    assert b"<script" not in content
    assert (made.output_format, made.background) == ("svg", "transparent")
    cut = client.images.generate(
        prompt="purple grape", model=MODEL, background="transparent", extra_body=QUICK
    )
    assert cut.data is not None
    assert picture(cut.data[0].b64_json).mode == "RGBA"


def test_pictures_are_edited_and_varied(client: OpenAI) -> None:
    """Files go up as the client sends them, alone or in a list; edits stream under names of their own."""
    red = ("red.png", file("red", (128, 128)), "image/png")
    mask = ("mask.png", holed((128, 128), (0, 0, 64, 128)), "image/png")
    made = client.images.edit(image=[red], mask=mask, prompt="a blue star", model=MODEL, extra_body=QUICK)
    assert made.data is not None
    rows = np.asarray(picture(made.data[0].b64_json).convert("RGB"))
    assert (rows[:, 80:] == (255, 0, 0)).all(), "what the mask keeps is the picture itself"
    stream = client.images.edit(
        image=red,
        prompt="a blue star",
        model=MODEL,
        stream=True,
        partial_images=1,
        extra_body={**QUICK, "steps": 8},
    )
    kinds = [event.type for event in stream if "_image" in event.type or "completed" in event.type]
    assert kinds == ["image_edit.partial_image", "image_edit.completed"]
    with pytest.warns(DeprecationWarning, match="deprecated"):
        varied = client.images.create_variation(image=red, n=2, model=MODEL, extra_body=QUICK)
    assert varied.data is not None
    assert len({datum.b64_json for datum in varied.data}) == 2


def test_models_are_listed_and_looked_up(client: OpenAI) -> None:
    """The generator and the encoder are there; another is not found, in OpenAI's words."""
    assert {model.id for model in client.models.list()} >= {MODEL, ENCODER}
    assert client.models.retrieve(MODEL).owned_by == "trouvere"
    with pytest.raises(NotFoundError, match="gpt-image-1"):
        client.models.retrieve("gpt-image-1")


def test_texts_are_embedded(client: OpenAI) -> None:
    """The client asks for base64 and gets numbers; both forms agree, and vectors have unit length."""
    found = client.embeddings.create(input=["a horse", "a pony", "an invoice"], model=ENCODER)
    rows = np.array([datum.embedding for datum in found.data])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1.0] * 3, abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    assert found.usage.prompt_tokens == found.usage.total_tokens == 14
    plain = client.embeddings.create(input="a horse", model=ENCODER, encoding_format="float")
    assert plain.data[0].embedding == pytest.approx(rows[0].tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"dimensions": 64}, "dimensions"),
        ({"model": "text-embedding-3-small"}, "model"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": "word " * 400}, "input[0]"),
    ],
)
def test_what_is_not_embedded_is_named(client: OpenAI, fields: dict[str, Any], param: str) -> None:
    """Smaller vectors, other models, and texts that would be cut are 400s that name the field."""
    with pytest.raises(BadRequestError) as caught:
        client.embeddings.create(**{"input": "a horse", "model": ENCODER, **fields})
    assert caught.value.param == param


def test_the_asynchronous_client_is_served_too(client: OpenAI) -> None:
    """Pictures, edits, streams, models and embeddings, awaited."""

    async def scenario() -> None:
        async with AsyncOpenAI(base_url=str(client.base_url), api_key="any", max_retries=0) as other:
            made, edited, embedded, models = await asyncio.gather(
                other.images.generate(prompt="a", model=MODEL, extra_body={**QUICK, "seed": 3}),
                other.images.edit(image=file("red"), prompt="a", model=MODEL, extra_body=QUICK),
                other.embeddings.create(input="a", model=ENCODER),
                other.models.retrieve(ENCODER),
            )
            stream = await other.images.generate(
                prompt="a", model=MODEL, stream=True, extra_body={**QUICK, "seed": 3}
            )
            last = [event async for event in stream][-1]
            assert (last.type, models.id, len(embedded.data[0].embedding)) == (
                "image_generation.completed",
                ENCODER,
                384,
            )
            assert made.data is not None
            assert edited.data is not None
            assert last.b64_json == made.data[0].b64_json

    asyncio.run(scenario())
