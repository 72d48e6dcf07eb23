"""The client keeps a real worker process alive and passes what it is given."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.domain.engine import Pixels, Plane, Start
from app.domain.errors import InvalidInput, Overloaded, Unavailable
from app.domain.jobs import EventType
from app.worker.client import Patience, WorkerClient
from app.worker.hire import hire
from app.worker.latents import to_bytes, to_pictures
from app.worker.mailbox import Mailbox
from app.worker.messages import Setup
from tests.app.worker.studio import order, pictures, solo
from tests.app.worker.tiny import TinySystem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.domain.engine import EngineEvent, Order
    from app.worker.child import Child

LOADER = "tests.app.worker.tiny:load"
PIXELS = Pixels(16, 16, bytes(range(256)) * 3)


@asynccontextmanager
async def working(
    source: str, max_pictures: int = 16, patience: Patience | None = None
) -> AsyncIterator[WorkerClient]:
    """Yield an open client and close it."""
    client = hire(
        Path(source),
        model="tiny",
        native_size=(16, 16),
        max_pictures=max_pictures,
        niceness=0,
        loader=LOADER,
        patience=patience or Patience(backoff_s=0.01),
    )
    await client.open()
    try:
        yield client
    finally:
        await client.close()


async def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
        await asyncio.sleep(0.01)


async def made(client: WorkerClient, wanted: Order) -> list[EngineEvent]:
    """Run an order to its end."""
    client.admit(wanted)
    return [event async for event in client.start(wanted.job_id)]


def test_a_killed_worker_is_replaced_and_its_jobs_have_the_same_bytes() -> None:
    """SIGKILL in the middle of two jobs: both finish as if nothing had happened."""
    mask = Plane(16, 16, (bytes(8) + b"\xff" * 8) * 16)
    orders = [
        order("a", num_images=2, sampler="ancestral"),
        order("b", sampler="heun", steps=6, seed=9, control={"weight": "bold"}, control_scale=1.0),
        order("c", steps=9, seed=3, autoguidance=2.0, start=Start(40.0, pixels=PIXELS), mask=mask),
    ]

    async def scenario() -> None:
        async with working("slow:0.03") as client:
            running = [asyncio.create_task(made(client, wanted)) for wanted in orders]
            await until(lambda: client.gauges().get("evaluations_total", 0) >= 4)
            assert client.pid is not None
            os.kill(client.pid, signal.SIGKILL)
            events = await asyncio.gather(*running)
            assert client.gauges()["restarts_total"] == 1
        for wanted, told in zip(orders, events, strict=True):
            assert pictures(told) == solo(wanted)

    asyncio.run(scenario())


def test_a_worker_that_cannot_start_is_said_to() -> None:
    """Without a model orders that wait fail with the reason, and later ones are refused with it."""
    patience = Patience(backoff_s=0.001, failed_starts=1)

    async def scenario() -> None:
        async with working("nothing", patience=patience) as client:
            told = await made(client, order("a"))
            assert told[-1].type is EventType.FAILED
            assert "no model in nothing" in (told[-1].error or "")
            with pytest.raises(Unavailable, match="no model in nothing"):
                client.admit(order("b"))
            assert not client.is_ready()

    asyncio.run(scenario())


def test_a_silent_worker_is_replaced() -> None:
    """A worker that is stopped, and so says nothing, is killed and its job made by the next."""
    wanted = order("a", steps=4)
    patience = Patience(silence_s=1.5, farewell_s=0.1, backoff_s=0.01)

    async def scenario() -> None:
        async with working("slow:0.1", patience=patience) as client:
            running = asyncio.create_task(made(client, wanted))
            await client.wait_ready()
            assert client.pid is not None
            os.kill(client.pid, signal.SIGSTOP)
            assert pictures(await running) == solo(wanted)
            assert client.gauges()["restarts_total"] >= 1

    asyncio.run(scenario())


def test_cancelling_leaving_and_closing_free_the_worker() -> None:
    """A cancel ends the events at once, leaving frees the place, closing leaves no process and no verdict."""

    async def scenario() -> None:
        async with working("slow:0.02", max_pictures=1) as client:
            await cancelled(client)
            await left(client)
            running = asyncio.create_task(made(client, order("c", steps=200)))
            await until(lambda: client.gauges()["running"] > 0)
            pid = client.pid
        assert pid is not None
        assert {event.type for event in await running} <= {EventType.STARTED, EventType.PROGRESS}
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(Unavailable):
            client.admit(order("d"))

    asyncio.run(scenario())


async def cancelled(client: WorkerClient) -> None:
    """Cancel a long job: its waiter is let go, and the worker stops long before the job's four seconds."""
    running = asyncio.create_task(made(client, order("a", steps=200)))
    await until(lambda: client.gauges().get("evaluations_total", 0) > 1)
    await client.cancel("a")
    assert EventType.IMAGE not in {event.type for event in await running}
    done = client.gauges()["evaluations_total"]
    await until(lambda: client.gauges()["running"] == 0)
    assert client.gauges()["evaluations_total"] - done < 100
    assert client.gauges()["remaining_evaluations"] == 0


async def left(client: WorkerClient) -> None:
    """Close a job's events in the middle: its place is free for the next, which was refused before."""
    client.admit(order("a", steps=200))
    events = client.start("a")
    await anext(events)
    with pytest.raises(Overloaded) as refusal:
        client.admit(order("b"))
    assert refusal.value.retry_after_s > 0
    await events.aclose()
    assert len(pictures(await made(client, order("b", steps=1)))) == 1


def test_questions_are_answered_while_pictures_are_made() -> None:
    """A latent and a likelihood come back beside job after job, the same as without them."""

    async def busy(client: WorkerClient, over: asyncio.Event) -> int:
        jobs = 0
        while not over.is_set():
            jobs += len(pictures(await made(client, order(f"job{jobs}", steps=20))))
        return jobs

    async def scenario() -> None:
        async with working("slow:0.002") as client:
            alone = await client.likelihood(PIXELS, "a red horse", 3, 2)
            over = asyncio.Event()
            running = asyncio.create_task(busy(client, over))
            await until(lambda: client.gauges()["running"] > 0)
            latent = await client.encode(PIXELS)
            beside = await client.likelihood(PIXELS, "a red horse", 3, 2)
            over.set()
            assert await running >= 3
        assert latent == to_bytes(TinySystem().encode(to_pictures(PIXELS))[0])
        assert beside == alone
        assert (alone.unit, alone.num_dimensions, alone.num_probes) == ("nats per latent dimension", 64, 2)
        assert alone.standard_error > 0

    asyncio.run(scenario())


def test_questions_that_cannot_be_answered_say_why() -> None:
    """A size the model does not draw and too few probes name their fields; a killed worker is asked again."""

    async def scenario() -> None:
        async with working("slow:0.01", patience=Patience(backoff_s=0.01, answer_s=30)) as client:
            with pytest.raises(InvalidInput, match="16, 16, 3") as wrong:
                await client.encode(Pixels(1, 1, b"abc"))
            assert wrong.value.field == "image"
            with pytest.raises(InvalidInput) as few:
                await client.likelihood(PIXELS, "", 0, 1)
            assert few.value.field == "num_probes"
            asked = asyncio.create_task(client.likelihood(PIXELS, "", 0, 2))
            await asyncio.sleep(0.1)
            assert client.pid is not None
            os.kill(client.pid, signal.SIGKILL)
            assert (await asked).num_evaluations > 6
            hasty = asyncio.create_task(client.likelihood(PIXELS, "", 0, 2))
            await asyncio.sleep(0.05)
            hasty.cancel()
            assert len(await client.encode(PIXELS)) == 128
        with pytest.raises(Unavailable):
            await client.encode(PIXELS)

    asyncio.run(scenario())


class OneMessage:
    """A child that says one thing, at the very moment the test chooses, and then nothing."""

    def __init__(self) -> None:
        self.message: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._said = False

    async def read(self) -> dict[str, Any]:
        """Wait for the message; the second wait has no end."""
        if self._said:
            await asyncio.Event().wait()
        message = await self.message
        self._said = True
        return message


def test_a_close_that_meets_a_message_still_closes() -> None:
    """The supervisor ends when it is cancelled in the moment in which its worker says something."""

    async def run() -> None:
        client = WorkerClient(
            Mailbox(1, lambda _: 1, 1.0), Setup("nowhere", LOADER), model="tiny", native_size=(16, 16)
        )
        child = OneMessage()
        following = asyncio.create_task(client._follow(cast("Child", child)))
        await asyncio.sleep(0)
        child.message.set_result({"kind": "gauges", "gauges": {"seconds_per_evaluation": 1.0}, "busy_s": 0.0})
        following.cancel()
        await asyncio.wait([following], timeout=5)
        assert following.cancelled()

    asyncio.run(run())
