"""Writes items and their pictures to the log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.bodies import compact_json
from app.domain.errors import InvalidInput, NotFound, TooLarge
from app.domain.items import MAX_ID_BYTES
from app.domain.log import Kind, NewRow
from app.ingest.pictures import PictureLimits, verify_picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.items import Item
    from app.domain.log import Appended, Claim
    from app.domain.ports import Documents, Log

Entry = tuple["Item", bytes | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the entry at `index` of a batch was not written."""

    index: int
    error: InvalidInput


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of a batch: the acknowledgement of the good entries, and the refused ones."""

    appended: Appended
    rejected: tuple[Refusal, ...] = ()


class ItemWriter:
    """Puts and deletes items; each call returns once its rows are durable."""

    def __init__(self, log: Log, documents: Documents, limits: PictureLimits) -> None:
        self._log = log
        self._documents = documents
        self._limits = limits

    async def put(self, item: Item, picture: bytes | None = None, claim: Claim | None = None) -> Appended:
        """Write an item, whole, over the one of its id. Without bytes `item.picture` stays as it is.

        Raises InvalidInput or TooLarge for what cannot be stored, and what `Log.append` raises.
        """
        if picture is None:
            row = self._row(item, None)
        else:
            row = await asyncio.to_thread(self._row, item, picture)
        return await self._log.append([row], claim)

    async def put_many(self, entries: Sequence[Entry], claim: Claim | None = None) -> BatchOutcome:
        """Write the good entries in one commit, in order; bad ones are reported, never written."""
        rows, rejected = await asyncio.to_thread(self._rows, entries)
        return BatchOutcome(await self._log.append(rows, claim), rejected)

    async def delete(self, item_id: str, claim: Claim | None = None) -> Appended:
        """Take an item away. Raises NotFound when there is none, unless this claim took it away."""
        if claim is not None and (first := self._log.claimed(claim)) is not None:
            return first
        if self._documents.get(item_id) is None:
            raise NotFound("item", item_id)
        return await self._log.append([NewRow(Kind.ITEM_DELETE, item_id, {})], claim)

    def _rows(self, entries: Sequence[Entry]) -> tuple[list[NewRow], tuple[Refusal, ...]]:
        rows: list[NewRow] = []
        rejected: list[Refusal] = []
        for index, (item, picture) in enumerate(entries):
            try:
                row = self._row(item, picture)
                compact_json(row.body)
            except TooLarge as error:
                rejected.append(Refusal(index, InvalidInput(error.field, error.message)))
            except InvalidInput as error:
                rejected.append(Refusal(index, error))
            else:
                rows.append(row)
        return rows, tuple(rejected)

    def _row(self, item: Item, picture: bytes | None) -> NewRow:
        _check_id(item.id)
        if picture is None:
            return NewRow(Kind.ITEM_PUT, item.id, item.to_body())
        blob = verify_picture(picture, self._limits)
        whole = replace(item, picture=blob.digest, media_type=blob.media_type)
        return NewRow(Kind.ITEM_PUT, item.id, whole.to_body(), (blob,))


def _check_id(item_id: str) -> None:
    try:
        size = len(item_id.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput("id", "an id is Unicode text without lone surrogates") from error
    if not 1 <= size <= MAX_ID_BYTES:
        raise InvalidInput("id", f"an id is 1 to {MAX_ID_BYTES} bytes of UTF-8, not {size}")
