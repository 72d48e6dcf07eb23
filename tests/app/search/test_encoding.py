"""Queries are encoded together, once each, and remembered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.search.encoding import QueryEncoder
from tests.app.search.fakes import FakeEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    import numpy.typing as npt


def run(
    encoder: FakeEncoder, work: Callable[[QueryEncoder], Coroutine[None, None, None]], **bounds: int
) -> None:
    """Run some work on an event loop with a query encoder."""
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(work(QueryEncoder(encoder, pool, max_wait_ms=1.0, **bounds)))


def test_concurrent_queries_share_one_batch() -> None:
    """Queries that come together are encoded by one call, each getting its own vector."""
    encoder = FakeEncoder({"a": [1, 0, 0, 0], "b": [0, 1, 0, 0], "c": [0, 0, 1, 0]})

    async def work(queries: QueryEncoder) -> None:
        rows = await asyncio.gather(*(queries.encode(text) for text in "abc"))
        assert np.array_equal(np.stack(rows), np.eye(4, dtype=np.float32)[:3])

    run(encoder, work)
    assert encoder.batches == [("a", "b", "c")]


def test_what_comes_during_a_batch_waits_for_the_next() -> None:
    """While a batch runs, new queries gather, in batches of at most the limit."""
    encoder = FakeEncoder()

    async def work(queries: QueryEncoder) -> None:
        encoder.gate.clear()
        first = asyncio.create_task(queries.encode("first"))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(queries.encode(text)) for text in "abc"]
        await asyncio.sleep(0)
        encoder.gate.set()
        await asyncio.gather(first, *rest)

    run(encoder, work, max_batch=2)
    assert encoder.batches == [("first",), ("a", "b"), ("c",)]
    assert len(encoder.threads) == 1


def test_the_same_text_is_encoded_once() -> None:
    """However many wait for a text, waiting, running or done, it is encoded once."""
    encoder = FakeEncoder()

    async def work(queries: QueryEncoder) -> None:
        encoder.gate.clear()
        early = [asyncio.create_task(queries.encode("same")) for _ in range(3)]
        await asyncio.sleep(0.05)
        late = asyncio.create_task(queries.encode("same"))
        await asyncio.sleep(0)
        encoder.gate.set()
        rows = await asyncio.gather(*early, late)
        assert all(row is rows[0] for row in [*rows, await queries.encode("same")])

    run(encoder, work)
    assert encoder.batches == [("same",)]


def test_the_least_recently_used_is_forgotten() -> None:
    """The cache holds the texts used last."""
    encoder = FakeEncoder()

    async def work(queries: QueryEncoder) -> None:
        for text in ("a", "b", "a", "c"):
            await queries.encode(text)
        assert queries.cached("a") is not None
        assert queries.cached("b") is None

    run(encoder, work, cache_size=2)
    assert encoder.batches == [("a",), ("b",), ("c",)]


def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    """Cancelling one wait leaves the other waits of the same text alone."""
    encoder = FakeEncoder()

    async def work(queries: QueryEncoder) -> None:
        leaver, stayer = (asyncio.create_task(queries.encode("same")) for _ in range(2))
        await asyncio.sleep(0)
        leaver.cancel()
        assert (await stayer).tolist() == [1, 0, 0, 0]
        assert leaver.cancelled()

    run(encoder, work)


def test_a_vector_cannot_be_changed_by_who_gets_it() -> None:
    """Cached vectors are read-only."""

    async def work(queries: QueryEncoder) -> None:
        vector = await queries.encode("a")
        with pytest.raises(ValueError, match="read-only"):
            vector[0] = 9

    run(FakeEncoder(), work)


class FailingOnce(FakeEncoder):
    """Fails its first call."""

    failed = False

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if not self.failed:
            self.failed = True
            raise RuntimeError("out of memory")
        return super().encode(texts)


def test_a_failure_reaches_all_and_is_not_remembered() -> None:
    """All who wait for a failed batch learn why, and the next query is encoded."""

    async def work(queries: QueryEncoder) -> None:
        outcomes = await asyncio.gather(*(queries.encode(t) for t in "ab"), return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["out of memory"] * 2
        assert (await queries.encode("a")).tolist() == [1, 0, 0, 0]

    run(FailingOnce(), work)
