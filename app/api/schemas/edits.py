"""Shapes an edit or a variation of a picture, and reads either from a multipart form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile

from app.api.errors import field_path
from app.api.schemas.images import DrawingBody
from app.api.schemas.wire import ItemName
from app.domain.errors import InvalidInput
from app.domain.jobs import GenerationRequest, Source
from app.generate.materials import sigma_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.domain.log import Blob

Body = TypeVar("Body", bound=DrawingBody)

MAX_FILES = 17  # OpenAI's sixteen pictures and a mask: more than one picture is refused in words
MAX_FIELDS = 60
EDIT_STRENGTH = 0.7
VARIATION_STRENGTH = 0.55
AS_JSON = ("guidance_interval", "control")
FILES = ("image", "mask")
Strength = Annotated[float | None, Field(gt=0, le=1, description="How much is drawn anew; 1 keeps nothing.")]


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form: its values, and the bytes of its files by field."""

    values: dict[str, Any]
    files: dict[str, list[bytes]]

    def only(self, field: str) -> bytes | None:
        """Return the one file of a field, None without one. Raises InvalidInput for several."""
        contents = self.files.get(field, [])
        if len(contents) > 1:
            raise InvalidInput(field, f"{len(contents)} files were sent; this model draws from one")
        return contents[0] if contents else None


class EditBody(DrawingBody):
    """What to draw into a picture."""

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    strength: Strength = None

    def to_request(self, picture: Blob, mask: Blob | None) -> GenerationRequest:
        """Return the use case's own record; what a mask opens is drawn whole, unless asked otherwise."""
        strength = self.strength or (EDIT_STRENGTH if mask is None else 1.0)
        source = Source(picture.digest, sigma_of(strength))
        return self.request_for(self.prompt, source=source, mask=None if mask is None else mask.digest)


class VariationBody(DrawingBody):
    """What to vary: a picture sent along, or that of an item."""

    prompt: Annotated[str, StringConstraints(max_length=4_000)] = ""
    item: ItemName | None = Field(None, description="Id of the item to vary, instead of a picture.")
    strength: Strength = None

    def to_request(self, picture: Blob, title: str) -> GenerationRequest:
        """Return the use case's own record; without a prompt an item is varied by its title."""
        source = Source(picture.digest, sigma_of(self.strength or VARIATION_STRENGTH), item=self.item)
        return self.request_for(self.prompt or title, source=source)


async def read_form(request: Request) -> Form:
    """Read a multipart form. Raises InvalidInput for another body, and for a file where none belongs."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidInput("body", "pictures are sent as multipart/form-data")
    values: dict[str, Any] = {}
    files: dict[str, list[bytes]] = {}
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
        for key, value in form.multi_items():
            field = key.removesuffix("[]")
            if isinstance(value, UploadFile):
                if field not in FILES:
                    raise InvalidInput(field, "a file is sent here, and none belongs here")
                files.setdefault(field, []).append(await value.read())
            elif field in FILES:
                raise InvalidInput(field, "this is a file, sent with its name")
            elif field in values:
                raise InvalidInput(field, "it is given twice")
            else:
                values[field] = _value(field, value)
    return Form(values, files)


def read_body(kind: type[Body], values: dict[str, Any]) -> Body:
    """Return the body that a form's values make. Raises InvalidInput naming the field."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(field_path(("form", *first["loc"])), first["msg"]) from error


def digest_of(values: dict[str, Any], blobs: Sequence[Blob]) -> bytes:
    """Return bytes that two forms share when they ask the same: boundaries between parts are random."""
    parts = sorted((name, repr(value)) for name, value in values.items())
    return repr((parts, [blob.digest for blob in blobs])).encode()


def _value(field: str, text: str) -> Any:
    if field not in AS_JSON:
        return text
    try:
        return from_json(text)
    except ValueError as error:
        raise InvalidInput(field, f"this is not JSON: {error}") from error
