"""Tests that a multipart form is read into an edit or a variation, or refused by its field."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

from app.api.schemas.edits import (
    EDIT_STRENGTH,
    VARIATION_STRENGTH,
    EditBody,
    Form,
    VariationBody,
    digest_of,
    read_body,
    read_form,
)
from app.domain.errors import InvalidInput
from app.domain.jobs import Source
from app.generate.develop import blob_of
from app.generate.materials import sigma_of

if TYPE_CHECKING:
    from starlette.types import Message

PICTURE, MASK = blob_of("image/png", b"picture"), blob_of("image/png", b"mask")


def sent(**parts: Any) -> Form:
    """Send a request as any client would, and read its form."""
    request = httpx.Request("POST", "http://here/v1/images/edits", **parts)
    content = request.read()

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    scope = {"type": "http", "method": "POST", "headers": headers, "path": "/", "query_string": b""}
    return asyncio.run(read_form(Request(scope, receive)))


def test_a_form_is_values_and_files() -> None:
    """Names with and without brackets are the same field; lists and objects come as JSON."""
    data = {"prompt": "a", "n": "2", "guidance_interval": "[0.1, 2]", "control": '{"weight": "bold"}'}
    form = sent(data=data, files=[("image[]", ("a.png", b"one")), ("mask", ("b.png", b"two"))])
    assert form.values["guidance_interval"] == [0.1, 2]
    assert (form.only("image"), form.only("mask"), form.only("other")) == (b"one", b"two", None)
    body = read_body(EditBody, form.values)
    assert (body.n, body.control, body.guidance_interval) == (2, {"weight": "bold"}, (0.1, 2.0))


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"json": {"prompt": "a"}}, "body"),
        ({"data": {"image": "a"}, "files": {"mask": b"x"}}, "image"),
        ({"data": {"n": ["1", "2"]}, "files": {"image": b"x"}}, "n"),
        ({"data": {"control": "{"}, "files": {"image": b"x"}}, "control"),
        ({"files": {"portrait": b"x"}}, "portrait"),
    ],
)
def test_a_form_that_cannot_be_read_names_its_part(parts: dict[str, Any], field: str) -> None:
    """JSON, files where values belong and the other way round, and doubled fields are refused."""
    with pytest.raises(InvalidInput) as caught:
        sent(**parts)
    assert caught.value.field == field


def test_one_picture_is_drawn_from() -> None:
    """Several pictures are refused by the field they came in."""
    form = sent(files=[("image[]", b"one"), ("image[]", b"two")])
    with pytest.raises(InvalidInput, match="2 files") as caught:
        form.only("image")
    assert caught.value.field == "image"


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"strength": "0"}, {"n": "many"}, {"seed": "-1"}])
def test_wrong_values_are_named(wrong: dict[str, str]) -> None:
    """Unknown fields and values out of range are errors of their field."""
    with pytest.raises(InvalidInput) as caught:
        read_body(EditBody, {"prompt": "a", **wrong})
    assert caught.value.field == next(iter(wrong))


def test_an_edit_begins_from_its_picture() -> None:
    """Without a mask it keeps some of everything, with one it draws what is open whole, unless asked."""
    body = read_body(EditBody, {"prompt": "a hat"})
    assert body.to_request(PICTURE, None).source == Source(PICTURE.digest, sigma_of(EDIT_STRENGTH))
    masked = body.to_request(PICTURE, MASK)
    assert (masked.mask, masked.source) == (MASK.digest, Source(PICTURE.digest, sigma_of(1.0)))
    asked = read_body(EditBody, {"prompt": "a hat", "strength": "0.25"}).to_request(PICTURE, MASK)
    assert asked.source == Source(PICTURE.digest, sigma_of(0.25))


def test_a_variation_needs_no_words() -> None:
    """An item is varied by its title unless other words are given."""
    body = read_body(VariationBody, {"item": "i"})
    made = body.to_request(PICTURE, "horse")
    assert made.source == Source(PICTURE.digest, sigma_of(VARIATION_STRENGTH), item="i")
    assert (made.prompt, made.mask) == ("horse", None)
    assert read_body(VariationBody, {"prompt": "cow"}).to_request(PICTURE, "horse").prompt == "cow"


def test_forms_that_ask_the_same_are_the_same() -> None:
    """The order of values does not matter, their content and the files do."""
    one = digest_of({"a": "1", "b": "2"}, [PICTURE])
    assert one == digest_of({"b": "2", "a": "1"}, [PICTURE])
    assert one not in {digest_of({"a": "1", "b": "3"}, [PICTURE]), digest_of({"a": "1", "b": "2"}, [MASK])}
