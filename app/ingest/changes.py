"""Turns rows of the log into changes of the indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.items import Item
from app.domain.log import Kind
from app.domain.synonyms import Synonyms
from indexes.types import Delete, DropSynonyms, Put, PutSynonyms, Record

if TYPE_CHECKING:
    from app.domain.log import LogRow
    from indexes.types import Change


def change_of(row: LogRow) -> Change | None:
    """Return what the row changes in the indexes, None when it changes nothing in them."""
    if row.kind is Kind.ITEM_PUT:
        return Put(row.lsn, record_of(Item.from_body(row.body)))
    if row.kind is Kind.ITEM_DELETE:
        return Delete(row.lsn, row.key)
    if row.kind is Kind.SYNONYMS:
        one = Synonyms.from_body(row.body) if row.body else None
        return PutSynonyms(row.lsn, row.key, one.words, one.to) if one else DropSynonyms(row.lsn, row.key)
    return None


def record_of(item: Item) -> Record:
    """Return what the indexes know about the item."""
    place = item.location
    return Record(
        id=item.id,
        title=item.title,
        text=item.text,
        tags=item.tags,
        category=item.category,
        attributes=item.attributes,
        language=item.language,
        location=None if place is None else (place.lat, place.lon),
        popularity=item.popularity,
        created_at=item.created_at,
        origin=item.origin,
        has_picture=item.picture is not None,
    )
