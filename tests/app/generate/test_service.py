"""A request is durable before it is acknowledged, followed by whoever likes, and ends in one append."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from app.domain.engine import Pixels
from app.domain.errors import InvalidInput, NotFound, Overloaded, Unavailable
from app.domain.items import Item
from app.domain.jobs import EventType, Status
from app.domain.log import Kind
from app.generate.develop import blob_of
from app.generate.encode import read_receipt
from tests.app.generate.files import file, holed
from tests.app.generate.studio import LATENT, FakeEngine, drawn, open_desk, request, told

if TYPE_CHECKING:
    from pathlib import Path


def test_a_job_is_in_the_log_before_it_is_acknowledged(tmp_path: Path) -> None:
    """What `submit` returns can be read back from the store at once, with its seed and settled size."""

    async def scenario() -> None:
        async with open_desk(tmp_path, FakeEngine()) as desk:
            job = await desk.service.submit(request(seed=9))
            assert desk.store.jobs.get(job.id) == job
            assert (job.status, job.request.seed, job.request.size) == (Status.QUEUED, 9, "4x4")

    asyncio.run(scenario())


def test_pictures_items_and_end_are_one_append(tmp_path: Path) -> None:
    """The completed row, its blobs and an item for each picture become durable together."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request(num_images=2, seed=7))
            before = desk.store.log.last_lsn()
            engine.go.set()
            done = await desk.service.wait(job.id)
            rows = desk.store.log.read(before, 10)
            assert [row.kind for row in rows] == [Kind.JOB, Kind.ITEM_PUT, Kind.ITEM_PUT]
            assert len({row.at for row in rows}) == 1
            assert (done.status, done.usage) == (
                Status.COMPLETED,
                {"images": 2, "evaluations": 6, "rows": 10},
            )
            assert desk.service.get(job.id) == done
            for index, picture in enumerate(done.pictures):
                item = desk.store.documents.get(f"generated/{job.id}/{index}")
                assert isinstance(item, Item)
                assert (item.title, item.origin, item.category) == ("a red horse", "generated", "generated")
                assert item.picture == picture.digest
                blob = desk.store.blobs.get(picture.digest)
                assert blob is not None
                assert read_receipt(blob.content) == picture.receipt == item.receipt
                assert picture.receipt["seed"] == 7 + index
                raw = hashlib.sha256(drawn(7 + index).content).hexdigest()
                assert picture.receipt["pixels_sha256"] == raw

    asyncio.run(scenario())


def test_a_picture_that_is_not_saved_is_no_item(tmp_path: Path) -> None:
    """Without `save` the picture is in the job and in the blobs, and nothing is put."""

    async def scenario() -> None:
        engine = FakeEngine()
        engine.go.set()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request(save=False))
            done = await desk.service.wait(job.id)
            assert done.pictures[0].item is None
            assert desk.store.blobs.get(done.pictures[0].digest) is not None
            assert desk.store.documents.count() == 0

    asyncio.run(scenario())


def test_followers_see_the_same_whenever_they_come(tmp_path: Path) -> None:
    """Early, late and resuming followers get one numbered story without gaps, each to its end."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request(partial_images=1))
            early = asyncio.create_task(told(desk.service, job.id))
            await asyncio.sleep(0)
            engine.go.set()
            story = await early
            assert [event.sequence for event in story] == list(range(len(story)))
            assert [str(event.type) for event in story] == [
                "queued",
                "started",
                "progress",
                "partial_image",
                "progress",
                "progress",
                "image",
                "completed",
            ]
            assert await told(desk.service, job.id) == story
            assert await told(desk.service, job.id, after=3) == story[4:]
            assert story[-1].job == desk.service.get(job.id)

    asyncio.run(scenario())


def test_a_failed_picture_fails_the_job_and_keeps_the_others(tmp_path: Path) -> None:
    """The job says which picture failed and why; the one that came is kept."""

    async def scenario() -> None:
        engine = FakeEngine(failing=frozenset({0}))
        engine.go.set()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request(num_images=2))
            done = await desk.service.wait(job.id)
            assert (done.status, done.error) == (Status.FAILED, "picture 0: it broke")
            assert [picture.index for picture in done.pictures] == [1]
            assert (await told(desk.service, job.id))[-1].type is EventType.FAILED

    asyncio.run(scenario())


def test_cancel_is_final_and_durable(tmp_path: Path) -> None:
    """A cancelled job says so to its followers and in the store; cancelling again changes nothing."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request())
            follower = asyncio.create_task(told(desk.service, job.id))
            await asyncio.sleep(0)
            gone = await desk.service.cancel(job.id)
            assert (gone.status, gone.pictures, engine.cancelled) == (Status.CANCELLED, (), [job.id])
            assert desk.store.jobs.get(job.id) == gone
            assert (await follower)[-1].type is EventType.CANCELLED
            assert await desk.service.cancel(job.id) == gone

    asyncio.run(scenario())


def test_cancel_after_the_end_leaves_the_end(tmp_path: Path) -> None:
    """A completed job stays completed."""

    async def scenario() -> None:
        engine = FakeEngine()
        engine.go.set()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request())
            done = await desk.service.wait(job.id)
            assert await desk.service.cancel(job.id) == done

    asyncio.run(scenario())


def test_a_full_engine_leaves_no_trace(tmp_path: Path) -> None:
    """Overloaded comes with the time to come back, and nothing was written."""

    async def scenario() -> None:
        async with open_desk(tmp_path, FakeEngine(room=0)) as desk:
            with pytest.raises(Overloaded) as refusal:
                await desk.service.submit(request())
            assert refusal.value.retry_after_s == 7.5
            assert desk.store.log.last_lsn() == 0

    asyncio.run(scenario())


def test_wrong_values_are_refused_before_anything_happens(tmp_path: Path) -> None:
    """InvalidInput names the field, and no place is taken."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            with pytest.raises(InvalidInput) as refusal:
                await desk.service.submit(request(sampler="magic"))
            assert refusal.value.field == "sampler"
            assert (engine.orders, desk.store.log.last_lsn()) == ({}, 0)

    asyncio.run(scenario())


def test_a_node_without_a_model_says_unavailable(tmp_path: Path) -> None:
    """Requests are refused, unknown jobs are unknown, and there is nothing to resume."""

    async def scenario() -> None:
        async with open_desk(tmp_path, None) as desk:
            with pytest.raises(Unavailable, match="no generator"):
                await desk.service.submit(request())
            with pytest.raises(NotFound):
                desk.service.get("nobody")
            with pytest.raises(NotFound):
                await told(desk.service, "nobody")
            assert await desk.service.resume() == 0

    asyncio.run(scenario())


def test_closing_leaves_jobs_unfinished_and_followers_informed(tmp_path: Path) -> None:
    """After `close` waiters are told Unavailable, and the log still has the job to be done."""

    async def scenario() -> None:
        async with open_desk(tmp_path, FakeEngine()) as desk:
            job = await desk.service.submit(request())
            follower = asyncio.create_task(told(desk.service, job.id))
            await asyncio.sleep(0)
            await desk.service.close()
            with pytest.raises(Unavailable):
                await follower
            assert [left.id for left in desk.store.jobs.unfinished()] == [job.id]
            with pytest.raises(Unavailable):
                await desk.service.submit(request())

    asyncio.run(scenario())


def test_an_engine_that_stops_leaves_the_job_for_later(tmp_path: Path) -> None:
    """Events that end without every picture are an interruption, not a failure."""

    async def scenario() -> None:
        engine = FakeEngine()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request())
            waiter = asyncio.create_task(desk.service.wait(job.id))
            await asyncio.sleep(0)
            engine.close()
            with pytest.raises(Unavailable):
                await waiter
            assert [left.id for left in desk.store.jobs.unfinished()] == [job.id]

    asyncio.run(scenario())


def test_what_a_picture_begins_from_is_durable_with_its_job(tmp_path: Path) -> None:
    """Uploads are in the store when the job is acknowledged, and a later process orders with the same."""
    picture, mask = blob_of("image/png", file("red")), blob_of("image/png", holed())
    wanted = request(source={"digest": picture.digest, "sigma": 1.5}, mask=mask.digest)

    async def scenario() -> None:
        first, second = FakeEngine(), FakeEngine()
        async with open_desk(tmp_path, first) as desk:
            job = await desk.service.submit(wanted, uploads=(picture, mask))
            assert [desk.store.blobs.get(blob.digest) for blob in (picture, mask)] == [picture, mask]
            order = first.orders[job.id]
            assert order.start is not None
            assert order.start.pixels == Pixels(4, 4, bytes([255, 0, 0] * 16))
            assert order.mask is not None
        async with open_desk(tmp_path, second) as desk:
            assert await desk.service.resume() == 1
            while not second.orders:  # noqa: ASYNC110  # no event says it
                await asyncio.sleep(0.01)
            assert second.orders[job.id] == order

    asyncio.run(scenario())


def test_latents_are_kept_beside_their_pictures(tmp_path: Path) -> None:
    """The latent that came with a picture is a blob named in its receipt, before anyone is told the end."""

    async def scenario() -> None:
        engine = FakeEngine()
        engine.go.set()
        async with open_desk(tmp_path, engine) as desk:
            job = await desk.service.submit(request())
            done = await desk.service.wait(job.id)
            blob = desk.store.blobs.get(done.pictures[0].receipt["latent_sha256"])
            assert blob is not None
            assert (blob.content, blob.media_type) == (LATENT, "application/x-trouvere-latent")

    asyncio.run(scenario())
