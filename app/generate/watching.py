"""Follows the log for pictures of the collection, so that finished ones can be compared with them."""

from __future__ import annotations

import logging
import time
from itertools import islice
from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np

from app.domain.items import FOUND, Item
from app.domain.log import Kind
from app.generate.copies import DIM, NAME, fingerprint
from app.generate.pictures import pixels_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.ports import Blobs, Documents, Log, VectorCache
    from app.generate.copies import Fingerprints, Vector

logger = logging.getLogger(__name__)

BATCH = 256
WAIT_S = 0.5
SIZE = (64, 64)  # pixels that a fingerprint is taken from
BREATH_S = 0.0005  # for each picture read, so that those who search go first


class Watcher:
    """Brings the pictures that were put in (not those made here) into the fingerprints, on one thread.

    It begins with every item there is, then follows the log. Fingerprints are cached by the
    picture's digest. `lsn` is the last row that was looked at.
    """

    def __init__(
        self, log: Log, documents: Documents, blobs: Blobs, cache: VectorCache, index: Fingerprints
    ) -> None:
        self._log = log
        self._documents = documents
        self._blobs = blobs
        self._cache = cache
        self._index = index
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="fingerprints", daemon=True)
        self.lsn = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the thread; nothing is lost."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            lsn = self._log.last_lsn()
            items = self._documents.scan()
            while some := list(islice(items, BATCH)):
                self._learn(some)
                if self._stopped.is_set():
                    return
            self.lsn = lsn
            while not self._stopped.is_set():
                if self._log.wait(self.lsn, WAIT_S):
                    self._follow()
        except Exception:
            logger.exception("pictures are no longer compared with the collection")

    def _follow(self) -> None:
        rows = self._log.read(self.lsn, BATCH)
        newest = {row.key: row for row in rows if row.kind in {Kind.ITEM_PUT, Kind.ITEM_DELETE}}
        for key, row in newest.items():
            if row.kind is Kind.ITEM_DELETE:
                self._index.remove(key)
        self._learn([Item.from_body(row.body) for row in newest.values() if row.kind is Kind.ITEM_PUT])
        if rows:
            self.lsn = rows[-1].lsn

    def _learn(self, items: Sequence[Item]) -> None:
        shown = {item.id: item.picture for item in items if item.picture is not None and item.origin == FOUND}
        for item in items:
            if item.id not in shown:
                self._index.remove(item.id)
        digests = sorted(set(shown.values()))
        known = self._cache.get_many(NAME, digests)
        made = dict(self._made([digest for digest in digests if digest not in known]))
        self._cache.put_many(NAME, made)
        known |= made
        for item_id, digest in shown.items():
            if digest in known:
                self._index.put(item_id, known[digest])

    def _made(self, digests: Sequence[str]) -> Iterator[tuple[str, Vector]]:
        for digest in digests:
            if self._stopped.is_set():
                return
            blob = self._blobs.get(digest)
            if blob is not None:
                yield digest, _fingerprint(blob.content)
                time.sleep(BREATH_S)


def _fingerprint(content: bytes) -> Vector:
    try:
        pixels = pixels_of(content, SIZE)
    except Exception as error:  # noqa: BLE001  # hostile bytes make a decoder raise nearly anything
        logger.warning("a picture of the collection cannot be read: %s", error)
        return np.zeros(DIM, np.float32)
    return fingerprint(np.frombuffer(pixels.content, np.uint8).reshape(pixels.height, pixels.width, 3))
