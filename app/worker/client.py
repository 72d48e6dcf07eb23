"""Answers as the engine in the service's process: keeps a worker alive and passes orders and events."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.engine import Likelihood
from app.domain.errors import InvalidInput, Unavailable
from app.worker import messages
from app.worker.child import spawn
from app.worker.messages import Question
from app.worker.questions import Questions
from app.worker.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from app.domain.engine import EngineEvent, Order, Pixels
    from app.worker.child import Child
    from app.worker.mailbox import Mailbox
    from app.worker.messages import About, Setup

# Questions without an answer at most, by kind.
LIMITS = {"encode": 32, "likelihood": 4}
PROBES = (2, 64)
CLASSIFIER_FREE = "classifier_free"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds, and how many starts may fail before orders are refused."""

    start_s: float = 180.0
    silence_s: float = 30.0
    turn_s: float = 300.0
    farewell_s: float = 5.0
    answer_s: float = 300.0
    backoff_s: float = 0.2
    longest_backoff_s: float = 30.0
    failed_starts: int = 5


class WorkerDied(Exception):
    """The worker has ended, or has to be ended; the message says why."""


class WorkerClient:
    """An Engine (app.domain.engine) whose worker is a child process.

    A worker that ends, falls silent or hangs in a call is replaced after a pause that doubles with
    each start that fails, and what it owed is made again from its seeds. One event loop owns this.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        setup: Setup,
        *,
        model: str,
        native_size: tuple[int, int],
        patience: Patience | None = None,
    ) -> None:
        self.model = model
        self.native_size = native_size
        self.digest: str | None = None
        self.precision: str | None = None
        self.sizes: tuple[tuple[int, int], ...] = (native_size,)
        self.controls: Mapping[str, Sequence[str]] = {}
        self.guidances: tuple[str, ...] = (CLASSIFIER_FREE,)
        self.neighbours = 0
        self._mailbox = mailbox
        self._questions = Questions(LIMITS)
        self._numbers = itertools.count()
        self._setup = setup
        self._patience = patience or Patience()
        self._child: Child | None = None
        self._ready = asyncio.Event()
        self._readings: dict[str, float] = {}
        self._supervisor: asyncio.Task[None] | None = None
        self._births = 0
        self._failed_starts = 0
        self._trouble: str | None = None

    async def open(self) -> None:
        """Start the worker; returns at once, `is_ready` says when it has warmed up."""
        self._supervisor = asyncio.create_task(self._supervise(), name="worker supervisor")

    async def close(self) -> None:
        """End the worker; what it owes ends without its pictures, neither made nor failed."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        self._supervisor = None
        self._mailbox.clear()
        self._questions.fail_all("the service is closing")

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return None if self._child is None else self._child.pid

    def is_ready(self) -> bool:
        """Return whether the model is loaded and warm."""
        return self._ready.is_set()

    async def wait_ready(self) -> None:
        """Return when the model is loaded and warm."""
        await self._ready.wait()

    def gauges(self) -> Mapping[str, float]:
        """Return the worker's own counts, and ours of what it owes and how often it was restarted."""
        running = self._readings.get("running", 0)
        return self._readings | {
            "ready": float(self.is_ready()),
            "restarts_total": float(max(0, self._births - 1)),
            "waiting": max(0.0, self._mailbox.num_pictures - running),
            "remaining_evaluations": float(self._mailbox.remaining),
        }

    def admit(self, order: Order) -> None:
        """Take a place in the queue. Raises Overloaded, Conflict, Unavailable."""
        self._require_worker()
        self._mailbox.admit(order)

    async def start(self, job_id: str) -> AsyncGenerator[EngineEvent, None]:
        """Run an admitted order and yield its events. Ends at once when it was cancelled before."""
        if job_id not in self._mailbox:
            return
        entry = self._mailbox.want(job_id)
        self._send_owed()
        try:
            while (event := await entry.events.get()) is not None:
                yield event
        finally:
            if entry.is_over:
                self._mailbox.leave(job_id)
                self._send_owed()
            else:
                await self.cancel(job_id)

    async def cancel(self, job_id: str) -> None:
        """Give the order up; its rows are free at the next model call."""
        entry = self._mailbox.leave(job_id)
        if entry is not None and entry.is_sent and self._child is not None:
            self._child.send("cancel", job_id=job_id)
            self._send_owed()

    async def encode(self, pixels: Pixels) -> bytes:
        """Return the latent of a picture. Raises InvalidInput (`image`), Overloaded, Unavailable."""
        answer = await self._ask(Question(next(self._numbers), "encode", pixels))
        return bytes(answer["latent"])

    async def likelihood(self, pixels: Pixels, prompt: str, seed: int, num_probes: int) -> Likelihood:
        """Return log p of a picture given a prompt, estimated with random probes drawn from the seed.

        Raises InvalidInput (`image`, `num_probes`), Overloaded when too many wait, Unavailable.
        """
        if not PROBES[0] <= num_probes <= PROBES[1]:
            raise InvalidInput("num_probes", f"need {PROBES[0]} to {PROBES[1]}, not {num_probes}")
        question = Question(next(self._numbers), "likelihood", pixels, prompt, seed, num_probes)
        return Likelihood(**(await self._ask(question))["likelihood"])

    async def _ask(self, question: Question) -> Mapping[str, Any]:
        """Wait for an answer; whoever stops waiting frees the place, in the worker too."""
        self._require_worker()
        answer = self._questions.ask(question)
        self._send_owed()
        try:
            return await asyncio.wait_for(answer, self._patience.answer_s)
        except TimeoutError as error:
            raise Unavailable(f"no answer within {self._patience.answer_s:g} s") from error
        finally:
            if self._questions.leave(question.number) and self._child is not None:
                self._child.send("forget", number=question.number)

    def _require_worker(self) -> None:
        if self._supervisor is None or self._supervisor.done():
            raise Unavailable("the generator is not running")
        if self._trouble is not None:
            raise Unavailable(f"the generator does not start: {self._trouble}")

    async def _supervise(self) -> None:
        while True:
            self._births += 1
            self._failed_starts += 1
            try:
                await self._live()
            except Exception as error:  # noqa: BLE001  # whatever ended it, it is replaced
                why = _reason(error)
                logger.warning("the generation worker is started again: %s", why)
                self._mailbox.worker_died()
                self._questions.worker_died()
                if self._failed_starts >= self._patience.failed_starts:
                    self._trouble = why
                    self._mailbox.fail_all(f"the generator does not start: {why}")
                    self._questions.fail_all(f"the generator does not start: {why}")
            pause = self._patience.backoff_s * 2 ** min(self._failed_starts, 20)
            await asyncio.sleep(min(pause, self._patience.longest_backoff_s))

    async def _live(self) -> None:
        """Run one worker until it has to be replaced."""
        child = self._child = await spawn(self._setup)
        try:
            await self._follow(child)
        finally:
            # One that still loads owes nothing: it is not waited for.
            patience_s = self._patience.farewell_s if self._ready.is_set() else 0.0
            self._child = None
            self._ready.clear()
            self._readings.update(running=0.0, rows=0.0)
            await child.close(patience_s)

    async def _follow(self, child: Child) -> None:
        limit_s = self._patience.start_s
        while True:
            try:
                # Not `wait_for`: before Python 3.12 it forgets a cancellation that meets a message, and then
                # a close would wait for ever.
                async with asyncio.timeout(limit_s):
                    message = await child.read()
            except TimeoutError as error:
                raise WorkerDied(f"it said nothing for {limit_s:g} s") from error
            self._hear(message)
            if self._ready.is_set():
                limit_s = self._patience.silence_s

    def _hear(self, message: Mapping[str, Any]) -> None:
        kind = message["kind"]
        if kind == "broken":
            raise WorkerDied(message["error"])
        if kind == "answer":
            self._questions.deliver(message["number"], message["body"], message["seconds"])
            return
        self._readings.update(message["gauges"])
        self._mailbox.seconds_per_evaluation = self._readings["seconds_per_evaluation"]
        if kind == "ready":
            self._be_ready(messages.about_from(message["about"]))
        elif kind == "events":
            for body in message["events"]:
                self._mailbox.deliver(messages.event_from(body))
        elif message["busy_s"] > self._patience.turn_s:
            raise WorkerDied(f"a call has taken {message['busy_s']:.0f} s")

    def _be_ready(self, about: About) -> None:
        self.digest, self.sizes, self.native_size = about.digest, about.sizes, about.sizes[0]
        self.precision = about.precision
        self.controls, self.guidances = about.controls, about.guidances
        self.neighbours = about.neighbours
        self._mailbox.cost = Recipe(about.sigma_span).cost
        self._failed_starts = 0
        self._trouble = None
        self._ready.set()
        self._send_owed()

    def _send_owed(self) -> None:
        if self._child is not None and self._ready.is_set():
            for order in self._mailbox.to_send():
                self._child.send("order", order=messages.order_body(order))
            for question in self._questions.to_send():
                self._child.send("question", question=messages.question_body(question))


def _reason(error: Exception) -> str:
    if isinstance(error, WorkerDied):
        return str(error)
    if isinstance(error, (asyncio.IncompleteReadError, ConnectionError)):
        return "it hung up"
    return f"{type(error).__name__}: {error}"
