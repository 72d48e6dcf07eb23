"""Serves a folder in a process of its own for as long as a client needs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.client.http import Client
from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ADDRESS = re.compile(r"http://\S+")
READY_S = 180.0
STOP_S = 60.0
POLL_S = 0.1
PATIENT = {"ranker_deadline_ms": "10000"}  # where what a ranker is worth is measured, not its haste


@contextmanager
def serving(data: Path, *arguments: str, **settings: str) -> Iterator[Client]:
    """Run `python -m app serve` on a folder and a free port, and give a client once it is ready.

    `settings` go over those of the environment. What the service says goes to `service.log` in the folder.
    Raises Unavailable when it does not start.
    """
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "app", "serve", "--data", str(data), "--port", "0", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "TROUVERE_PORT"}
    environment |= {f"TROUVERE_{name.upper()}": value for name, value in settings.items()}
    with (data / "service.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - this very program
            command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            client = _client(process)
            wait(lambda: client.raw("GET", "/readyz")[0] == 200, READY_S, "the service")
            yield client
        finally:
            _stop(process)


def wait(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when something holds. Raises Unavailable when it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Unavailable(f"{what} is not ready after {seconds:g} s")
        time.sleep(POLL_S)


def _client(process: subprocess.Popen[str]) -> Client:
    said = process.stdout.readline() if process.stdout is not None else ""
    found = ADDRESS.search(said)
    if found is None:
        raise Unavailable(f"the service did not start: {said or 'it said nothing'}")
    return Client(found.group())


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
