"""Pictures that searches bring."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.domain.errors import InvalidInput
from app.search.looking import KEPT, PictureQueries, seen
from app.search.types import Prepared


def test_a_picture_is_encoded_once() -> None:
    """The same bytes are encoded once; what does not fit in memory leaves, the oldest first."""
    asked: list[bytes] = []

    def look(content: bytes) -> np.ndarray:
        asked.append(content)
        return np.full(3, len(content), np.float32)

    async def main() -> None:
        pictures = PictureQueries(look, pool)
        for _ in range(2):
            assert (await pictures.encode(b"png")).tolist() == [3, 3, 3]
        assert asked == [b"png"]
        for number in range(KEPT):
            await pictures.encode(b"%d" % number)
        await pictures.encode(b"png")
        assert asked.count(b"png") == 2
        found = await seen(Prepared("q", picture=b"png"), pictures)
        assert found.vectors["image"].tolist() == [3, 3, 3]
        assert await seen(Prepared("q"), None) == Prepared("q")

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(main())


def test_without_an_encoder_a_picture_is_refused() -> None:
    """A picture that nobody can look at is an error that names it, never ignored."""
    with pytest.raises(InvalidInput) as refused:
        asyncio.run(seen(Prepared(picture=b"png"), None))
    assert refused.value.field == "image"
