"""Brings the vectors of items' pictures into their space, each picture encoded once."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image

from app.ingest.vectors import newest_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from app.domain.log import LogRow
    from app.domain.ports import Blobs, VectorCache, Views

    Vector = npt.NDArray[np.float32]

IMAGE_SPACE = "image"
PICTURES_LANE = "pictures"
ENCODE_PICTURES = 32  # of one encoder call
LOGGER = logging.getLogger(__name__)


class PictureEncoder(Protocol):
    """Pictures to vectors of `dim` floats; equal pictures give equal vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def encode_pictures(self, pictures: Sequence[Image.Image]) -> npt.NDArray[np.float32]:
        """Return (len(pictures), dim) rows of unit length."""
        ...


class PictureVectors:
    """The consumer of the pictures' lane. Vectors are cached by the digest of the picture's bytes."""

    def __init__(self, views: Views, encoder: PictureEncoder, blobs: Blobs, cache: VectorCache) -> None:
        self._views = views
        self._encoder = encoder
        self._blobs = blobs
        self._cache = cache

    def __call__(self, rows: Sequence[LogRow]) -> None:
        """Give the items of these rows the vectors of their pictures; those without one lose theirs."""
        items, lsn = newest_items(rows), rows[-1].lsn
        pictures = {item.id: item.picture for item in items if item.picture is not None}
        known = self._vectors(sorted(set(pictures.values())))
        held = sorted(item_id for item_id, digest in pictures.items() if digest in known)
        stacked = np.array([known[pictures[item_id]] for item_id in held], np.float32)
        self._views.drop_vectors(IMAGE_SPACE, sorted({item.id for item in items} - set(held)), lsn)
        self._views.put_vectors(IMAGE_SPACE, held, stacked.reshape(len(held), self._encoder.dim), lsn)

    def _vectors(self, digests: Sequence[str]) -> dict[str, Vector]:
        known = self._cache.get_many(self._encoder.name, digests)
        missing = [digest for digest in digests if digest not in known]
        for start in range(0, len(missing), ENCODE_PICTURES):
            known |= self._encode(missing[start : start + ENCODE_PICTURES])
        return known

    def _encode(self, digests: Sequence[str]) -> dict[str, Vector]:
        opened = {digest: picture for digest in digests if (picture := self._open(digest)) is not None}
        if not opened:
            return {}
        rows = self._encoder.encode_pictures(list(opened.values()))
        fresh = dict(zip(opened, rows, strict=True))
        self._cache.put_many(self._encoder.name, fresh)
        return fresh

    def _open(self, digest: str) -> Image.Image | None:
        """Return the picture, None when its bytes are gone or no longer read: its item is found otherwise."""
        blob = self._blobs.get(digest)
        if blob is None:
            return None
        try:
            return opened(blob.content)
        except Exception as error:  # noqa: BLE001 - a decoder raises nearly anything
            LOGGER.warning("the picture %s cannot be encoded: %s", digest, error)
            return None


def opened(content: bytes) -> Image.Image:
    """Return a decoded picture (of an animation, its first frame); raises what the decoder raises."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.copy()
