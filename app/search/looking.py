"""Turns a picture that a search brings into its vector, once for the same bytes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.search.branches.image import SPACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from app.search.encoding import Vector
    from app.search.types import Prepared

KEPT = 256


class PictureQueries:
    """Encodes pictures for one event loop, on a thread of the executor; repeated ones come from memory.

    `look` decodes and encodes; it raises InvalidInput for bytes that are no picture.
    """

    def __init__(self, look: Callable[[bytes], Vector], executor: Executor) -> None:
        self._look = look
        self._executor = executor
        self._kept: OrderedDict[bytes, Vector] = OrderedDict()

    async def encode(self, content: bytes) -> Vector:
        """Return the unit vector (dim,) of a picture's bytes; raises what `look` raises."""
        key = sha256(content).digest()
        vector = self._kept.get(key)
        if vector is None:
            vector = await asyncio.get_running_loop().run_in_executor(self._executor, self._look, content)
        self._kept[key] = vector
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return vector


async def seen(prepared: Prepared, pictures: PictureQueries | None) -> Prepared:
    """Return what branches recall by, with the vector of the picture that was sent, if any.

    Raises InvalidInput naming `image` for bytes that are no picture, or when nothing here can see.
    """
    if prepared.picture is None:
        return prepared
    if pictures is None:
        raise InvalidInput("image", "no picture encoder runs here")
    vector = await pictures.encode(prepared.picture)
    return replace(prepared, vectors={**prepared.vectors, SPACE: vector})
