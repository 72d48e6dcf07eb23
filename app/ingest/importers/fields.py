"""Maps the fields of a metadata line to an item's, and an item's back to a line."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput
from app.domain.items import FOUND, GENERATED, Item, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.items import Value
    from app.domain.log import Blob

FILE_NAME = "file_name"
_CHECKED = ("picture", "media_type")  # told by the file itself; a line may only agree


def line_id(fields: Mapping[str, Any]) -> str:
    """Return the id a line gives, else its file's name, else a digest of its content."""
    given = fields.get("id")
    if isinstance(given, bool) or not (given is None or isinstance(given, str | int)):
        raise InvalidInput("id", "an id is a string or a whole number")
    if given is None:
        given = fields.get(FILE_NAME)
    if given is None:
        canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()
        return f"text/{hashlib.sha256(canonical).hexdigest()[:32]}"
    if not str(given):
        raise InvalidInput("id", "an id is not empty")
    return str(given)


def item_of(fields: Mapping[str, Any], blob: Blob | None) -> Item:
    """Build the item of a line whose picture, if it names one, is `blob`.

    Fields called like an item's are the item's, `null` counts as absent, every other field is an
    attribute. Raises InvalidInput with the field's name.
    """
    present = {name: value for name, value in fields.items() if value is not None}
    _check_picture(present, blob)
    values = {name: _read(name, read, present[name]) for name, read in _READERS.items() if name in present}
    return Item(
        id=line_id(present),
        attributes=_attributes(present),
        picture=None if blob is None else blob.digest,
        media_type=None if blob is None else blob.media_type,
        **values,
    )


def line_of(item: Item, file_name: str | None) -> dict[str, Any]:
    """Return the line that `item_of` reads back as exactly this item."""
    body = item.to_body()
    body.pop("media_type", None)
    attributes = body.pop("attributes", {})
    own = {name: value for name, value in attributes.items() if name in _RESERVED}
    line: dict[str, Any] = {} if file_name is None else {FILE_NAME: file_name}
    if file_name is None:
        body.pop("picture", None)
    line |= body | ({"attributes": own} if own else {})
    return line | {name: value for name, value in attributes.items() if name not in own}


def _read(name: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(name, str(error)) from error


def _check_picture(fields: Mapping[str, Any], blob: Blob | None) -> None:
    found = (None, None) if blob is None else (blob.digest, blob.media_type)
    for name, own in zip(_CHECKED, found, strict=True):
        if name in fields and fields[name] != own:
            raise InvalidInput(name, f"the line says {fields[name]!r}, its file says {own!r}")


def _attributes(fields: Mapping[str, Any]) -> dict[str, Value]:
    nested = fields.get("attributes", {})
    if not isinstance(nested, dict):
        raise InvalidInput("attributes", "an object is wanted here")
    flat = {name: value for name, value in fields.items() if name not in _RESERVED}
    if both := sorted(flat.keys() & nested.keys()):
        raise InvalidInput(f"attributes.{both[0]}", "the attribute is given twice")
    return {name: _read(f"attributes.{name}", _value, value) for name, value in (nested | flat).items()}


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return _strings(value)
    if not isinstance(value, str | bool | int | float):
        raise TypeError("a string, number, true, false or list of strings is wanted here")
    return value if isinstance(value, str | bool) else _number(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is wanted here")
    return value


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError("a list of strings is wanted here")
    return tuple(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is wanted here")
    if not math.isfinite(float(value)):
        raise ValueError("a finite number is wanted here")
    return value


def _numbers(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of numbers is wanted here")
    return tuple(float(_number(part)) for part in value)


def _location(value: Any) -> Location:
    if not isinstance(value, dict) or set(value) != {"lat", "lon"}:
        raise ValueError("an object of lat and lon is wanted here")
    lat, lon = _number(value["lat"]), _number(value["lon"])
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("lat lies within 90 degrees of the equator, lon within 180 of Greenwich")
    return Location(lat, lon)


def _time(value: Any) -> float:
    """Seconds since the epoch as a number, or a time in RFC 3339; without a zone it is UTC."""
    if not isinstance(value, str):
        return _number(value)
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _origin(value: Any) -> str:
    if value not in (FOUND, GENERATED):
        raise ValueError(f"{FOUND!r} or {GENERATED!r} is wanted here")
    return str(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("an object is wanted here")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "title": _string,
    "text": _string,
    "tags": _strings,
    "category": _string,
    "language": _string,
    "location": _location,
    "embedding": _numbers,
    "popularity": _number,
    "created_at": _time,
    "origin": _origin,
    "receipt": _object,
}
_RESERVED = frozenset({"id", "attributes", FILE_NAME, *_CHECKED, *_READERS})
