"""The worker process: loads the model, warms it, takes orders from its parent and tells what happens."""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from app.worker import messages
from app.worker.messages import About

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.engine import EngineEvent
    from app.worker.engine import Engine
    from app.worker.lane import Answer, Lane
    from app.worker.messages import Setup
    from app.worker.system import System

FAREWELL_S = 0.5


def main(number: int) -> None:
    """Serve the parent at the other end of the socket `number` until that end is gone.

    The parent may die without a word: then the stream ends and so does this process, whatever the
    model is doing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then hangs up
    line = Line(socket.socket(fileno=number))
    hello = line.receive()
    if hello is None:
        return
    setup = messages.setup_from(hello["setup"])
    os.nice(setup.niceness)
    serve(line, setup)


class Line:
    """The socket to the parent; several threads may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()  # guards the order of bytes on the way out

    def receive(self) -> dict[str, Any] | None:
        """Block until the next message is there; None when the parent has hung up."""
        try:
            return messages.receive(self._connection)
        except ConnectionError:
            return None

    def send(self, kind: str, **body: Any) -> None:
        """Send one message. Raises ConnectionError when the parent is gone."""
        content = messages.pack(kind, **body)
        with self._lock:
            self._connection.sendall(content)


class Pulse:
    """Tells the parent now and then that this process lives, and how long its turn has taken so far."""

    def __init__(self, line: Line, engine: Engine, interval_s: float) -> None:
        self._line = line
        self._engine = engine
        self._interval_s = interval_s
        self.turn_began: float | None = None

    def beat_for_ever(self) -> None:
        """Beat until the parent is gone."""
        while True:
            time.sleep(self._interval_s)
            began = self.turn_began
            busy_s = 0.0 if began is None else time.monotonic() - began
            try:
                self._line.send("beat", busy_s=busy_s, gauges=self._engine.gauges())
            except ConnectionError:
                os._exit(0)


def serve(line: Line, setup: Setup) -> None:
    """Build the engine, say that it is ready, and turn it for ever."""
    inbox: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, inbox), daemon=True).start()
    try:
        system, engine, lane = build(setup)
    except Exception as error:
        line.send("broken", error=f"{type(error).__name__}: {error}")
        time.sleep(FAREWELL_S)
        raise
    pulse = Pulse(line, engine, setup.beat_s)
    about = messages.about_body(about_of(system, setup))
    line.send("ready", about=about, gauges=engine.gauges())
    threading.Thread(target=pulse.beat_for_ever, daemon=True).start()
    while True:
        _tell(line, engine, _obey(engine, lane, inbox))
        pulse.turn_began = time.monotonic()
        for events in engine.turn():
            _tell(line, engine, events)
        _answer(line, lane.turn(beside=engine.has_work))
        pulse.turn_began = None


def build(setup: Setup) -> tuple[System, Engine, Lane]:
    """Load the system and warm it up; return it with an engine that runs it, and a lane beside that."""
    import torch

    from app.worker.assembly import assemble
    from app.worker.lane import Lane
    from app.worker.prompts import Prompts
    from app.worker.warmup import warm_up

    torch.set_num_threads(setup.threads)
    system = cast("System", loader_of(setup.loader)(setup.source, setup.device))
    prompts = Prompts(system)
    warm = warm_up(system, prompts, setup.rows, setup.decode_rows, time.perf_counter)
    engine = assemble(system, prompts, setup, warm, clock=time.time, timer=time.perf_counter)
    return system, engine, Lane(system, prompts, time.perf_counter)


def about_of(system: System, setup: Setup) -> About:
    """Return what the parent should know of the model."""
    return About(
        digest=system.digest,
        precision=system.precision,
        device=setup.device,
        sizes=tuple(system.sizes),
        sigma_span=system.sigma_span,
        controls={question: tuple(names) for question, names in system.controls.items()},
        guidances=tuple(system.guidances),
        neighbours=system.neighbours,
    )


def loader_of(name: str) -> Callable[..., object]:
    """Return the thing called `module:path.to.it`."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return cast("Callable[..., object]", found)


def _listen(line: Line, inbox: queue.SimpleQueue[Mapping[str, Any]]) -> None:
    while (message := line.receive()) is not None:
        inbox.put(message)
    os._exit(0)  # the parent is gone: nobody wants what the model is doing


def _tell(line: Line, engine: Engine, events: Sequence[EngineEvent]) -> None:
    if events:
        bodies = [messages.event_body(event) for event in events]
        line.send("events", events=bodies, gauges=engine.gauges())


def _answer(line: Line, answers: Sequence[Answer]) -> None:
    for answer in answers:
        line.send("answer", number=answer.number, body=answer.body, seconds=answer.seconds)


def _obey(engine: Engine, lane: Lane, inbox: queue.SimpleQueue[Mapping[str, Any]]) -> list[EngineEvent]:
    """Follow every message that waits; wait for one when there is nothing else to do."""
    events: list[EngineEvent] = []
    while not inbox.empty() or not (engine.has_work or lane.has_work or events):
        events += _follow(engine, lane, inbox.get())
    return events


def _follow(engine: Engine, lane: Lane, message: Mapping[str, Any]) -> list[EngineEvent]:
    kind = message["kind"]
    if kind == "cancel":
        return engine.cancel(message["job_id"])
    if kind == "order":
        return _take(engine, message)
    if kind == "question":
        lane.ask(messages.question_from(message["question"]))
    elif kind == "forget":
        lane.forget(message["number"])
    return []


def _take(engine: Engine, message: Mapping[str, Any]) -> list[EngineEvent]:
    order = messages.order_from(message["order"])
    try:
        engine.submit(order)
    except Exception as error:  # noqa: BLE001  # an order that cannot be taken fails alone
        return [_refused(order.job_id, index, error) for index in order.indices]
    return []


def _refused(job_id: str, index: int, error: Exception) -> EngineEvent:
    from app.domain.engine import EngineEvent
    from app.domain.jobs import EventType

    return EngineEvent(job_id, EventType.FAILED, index, error=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
