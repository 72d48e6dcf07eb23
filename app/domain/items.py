"""Holds an item: a picture or a text that the collection can find, and its place in the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = str | float | bool | tuple[str, ...]

MAX_ID_BYTES = 512
FOUND = "found"
GENERATED = "generated"
OWN = "vector:"  # before the name of a vector field: its space, and the branch that recalls by it
PLAIN_FIELDS = ("title", "text", "category", "language", "picture", "media_type", "popularity", "created_at")


def own_space(field: str) -> str:
    """Return what the space of a vector field, and its branch, are called."""
    return OWN + field


@dataclass(frozen=True, slots=True)
class Location:
    """A place on earth: degrees north and east (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the collection.

    `embedding` takes the place of the text vector that would be made of its words; `embeddings` are the
    caller's own vectors, by vector field. `picture` is the SHA-256 of the picture's bytes in the blob
    store and `media_type` its kind. `created_at` is seconds since the epoch, UTC. `origin` is `found` for
    what callers put in and `generated` for what the generator made; then `receipt` says how.
    """

    id: str
    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    category: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    language: str | None = None
    location: Location | None = None
    picture: str | None = None
    media_type: str | None = None
    embedding: tuple[float, ...] | None = None
    embeddings: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    popularity: float | None = None
    created_at: float | None = None
    origin: str = FOUND
    receipt: Mapping[str, Any] | None = None

    def to_body(self) -> dict[str, Any]:
        """Return the item as JSON values, leaving out what is empty; `from_body` reads it back."""
        body: dict[str, Any] = {"id": self.id}
        for name in PLAIN_FIELDS:
            if (value := getattr(self, name)) not in (None, ""):
                body[name] = value
        if self.tags:
            body["tags"] = list(self.tags)
        if self.attributes:
            body["attributes"] = {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in self.attributes.items()
            }
        if self.location is not None:
            body["location"] = {"lat": self.location.lat, "lon": self.location.lon}
        if self.embedding is not None:
            body["embedding"] = list(self.embedding)
        if self.embeddings:
            body["embeddings"] = {name: list(vector) for name, vector in self.embeddings.items()}
        if self.origin != FOUND:
            body["origin"] = self.origin
        if self.receipt is not None:
            body["receipt"] = dict(self.receipt)
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Item:
        """Read what `to_body` wrote."""
        place = body.get("location")
        vector = body.get("embedding")
        attributes = body.get("attributes", {})
        return cls(
            id=body["id"],
            title=body.get("title", ""),
            text=body.get("text", ""),
            tags=tuple(body.get("tags", ())),
            category=body.get("category"),
            attributes={k: tuple(v) if isinstance(v, list) else v for k, v in attributes.items()},
            language=body.get("language"),
            location=None if place is None else Location(place["lat"], place["lon"]),
            picture=body.get("picture"),
            media_type=body.get("media_type"),
            embedding=None if vector is None else tuple(vector),
            embeddings={name: tuple(own) for name, own in body.get("embeddings", {}).items()},
            popularity=body.get("popularity"),
            created_at=body.get("created_at"),
            origin=body.get("origin", FOUND),
            receipt=body.get("receipt"),
        )
