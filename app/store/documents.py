"""Answers the port `Documents` from the SQL table of the newest item bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from app.domain.items import Item
from app.store.schema import documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import BindParameter, Engine

LOOKUP_KEYS = 500  # keys of one IN list
SCAN_ROWS = 500  # bodies held at once by a scan


class SqlDocuments:
    """The newest body of every item; every method may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        wanted: BindParameter[str] = bindparam("ids", expanding=True)
        self._by_id = select(documents.c.id, documents.c.body).where(documents.c.id.in_(wanted))

    def get(self, item_id: str) -> Item | None:
        return self.get_many([item_id]).get(item_id)

    def get_many(self, item_ids: Sequence[str]) -> dict[str, Item]:
        found: dict[str, Item] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(item_ids), LOOKUP_KEYS):
                rows = connection.execute(self._by_id, {"ids": item_ids[start : start + LOOKUP_KEYS]})
                found.update((key, Item.from_body(json.loads(body))) for key, body in rows)
        return found

    def count(self) -> int:
        with self._engine.connect() as connection:
            num_items: int = connection.execute(select(func.count()).select_from(documents)).scalar_one()
            return num_items

    def scan(self) -> Iterator[Item]:
        """Yield every item in id order, a page at a time; writes in between are seen or not, whole."""
        query = select(documents.c.id, documents.c.body).order_by(documents.c.id).limit(SCAN_ROWS)
        page = query
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(page).all()
            for _, body in rows:
                yield Item.from_body(json.loads(body))
            if len(rows) < SCAN_ROWS:
                return
            page = query.where(documents.c.id > rows[-1].id)
