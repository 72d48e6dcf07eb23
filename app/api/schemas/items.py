"""Shapes an item on the wire, in and out."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import quote

from pydantic import AwareDatetime, Field, StrictBool, StringConstraints, field_validator
from pydantic_core import to_json

from app.api.schemas.wire import Name, Place, Vector, Wire, read_base64
from app.domain.items import MAX_ID_BYTES, Item, Location

if TYPE_CHECKING:
    from app.domain.items import Value

Tag = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Attribute = Annotated[str, StringConstraints(max_length=4_000)] | StrictBool | float | list[Tag]
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
IMAGE_SUFFIX = "/image"


class Upload(Wire):
    """A picture sent along."""

    b64: str = Field(description="The picture's bytes in base64: PNG, JPEG, WebP or GIF.")


class ItemBody(Wire):
    """An item as a caller writes it; what is left out is empty."""

    id: str | None = Field(None, description="The caller's own id, at most 512 bytes of UTF-8.")
    title: Annotated[str, StringConstraints(max_length=2_000)] = ""
    text: Annotated[str, StringConstraints(max_length=100_000)] = ""
    tags: list[Tag] = Field(default=[], max_length=200)
    category: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    attributes: dict[AttributeName, Attribute] = Field(default={}, max_length=200)
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    location: Place | None = None
    image: Upload | None = None
    embedding: Vector | None = Field(None, description="Stands in for the vector of its words.")
    embeddings: dict[Name, Vector] = Field(default={}, max_length=16, description="By vector field.")
    popularity: float | None = Field(None, ge=0)
    created_at: AwareDatetime | None = None

    @field_validator("id")
    @classmethod
    def _id_is_usable(cls, value: str | None) -> str | None:
        if value is not None:
            check_id(value)
        return value

    def to_item(self, item_id: str) -> Item:
        """Return the item without its picture."""
        place = self.location
        return Item(
            id=item_id,
            title=self.title,
            text=self.text,
            tags=tuple(self.tags),
            category=self.category,
            attributes={name: _value(value) for name, value in self.attributes.items()},
            language=self.language,
            location=None if place is None else Location(place.lat, place.lon),
            embedding=None if self.embedding is None else tuple(self.embedding),
            embeddings={name: tuple(vector) for name, vector in self.embeddings.items()},
            popularity=self.popularity,
            created_at=None if self.created_at is None else self.created_at.timestamp(),
        )

    def picture(self) -> bytes | None:
        """Return the picture's bytes when one was sent."""
        return None if self.image is None else read_base64("image.b64", self.image.b64)


def _value(value: str | float | bool | list[str]) -> Value:  # a JSON value, not a flag
    return tuple(value) if isinstance(value, list) else value


def check_id(value: str) -> None:
    """Raise ValueError when `value` cannot be an item's id."""
    if not value:
        message = "an id is not empty"
    elif len(value.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        message = f"an id is at most {MAX_ID_BYTES} bytes of UTF-8"
    elif value.endswith(IMAGE_SUFFIX):
        message = f"an id does not end in {IMAGE_SUFFIX!r}: that address is the picture's"
    elif "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        message = "an id is Unicode text without NUL"
    else:
        return
    raise ValueError(message)


def rfc3339(seconds: float) -> str:
    """Return a moment (seconds since the epoch) as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def image_url(item: Item) -> str | None:
    """Return the address of the item's picture, or None when it has none."""
    return None if item.picture is None else f"/v1/items/{quote(item.id, safe='/')}{IMAGE_SUFFIX}"


class Told(NamedTuple):
    """How an item is sent: its JSON, its picture's address, and the fields of a hit that say so, as text."""

    item: Item
    body: dict[str, Any]
    address: str | None
    text: str


class ToldItems:
    """Remembers how items lately shown are sent: it is good for one item object, never changed."""

    def __init__(self, max_items: int) -> None:
        self._max_items = max_items
        self._kept: OrderedDict[str, Told] = OrderedDict()

    def tell(self, item: Item) -> tuple[dict[str, Any], str | None]:
        """Return the item's JSON and its picture's address; the caller changes neither."""
        told = self._told(item)
        return told.body, told.address

    def text(self, item: Item) -> str:
        """Return `"id":…,"origin":…,"item":…,"image_url":…` as JSON text."""
        return self._told(item).text

    def _told(self, item: Item) -> Told:
        kept = self._kept.get(item.id)
        if kept is not None and kept[0] is item:
            self._kept.move_to_end(item.id)
            return kept
        body, address = item_json(item), image_url(item)
        fields = {"id": item.id, "origin": item.origin, "item": body, "image_url": address}
        told = Told(item, body, address, to_json(fields).decode()[1:-1])
        self._kept[item.id] = told
        if len(self._kept) > self._max_items:
            self._kept.popitem(last=False)
        return told


def item_json(item: Item) -> dict[str, Any]:
    """Return the item as it is sent; the picture is an address beside it."""
    body = item.to_body()
    body.pop("picture", None)
    body.pop("embedding", None)
    body.pop("embeddings", None)
    if item.created_at is not None:
        body["created_at"] = rfc3339(item.created_at)
    return body
