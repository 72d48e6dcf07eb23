"""Starts a server on a free port of loopback, waits until it is ready, and stops it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import psutil

from tests.bench.machine import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

POLL_S = 0.02
STOP_S = 60.0


class NotServed(Exception):
    """The server ended, or answered otherwise than it must."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started` is the moment (perf_counter) at which its process was begun."""

    port: int
    process: subprocess.Popen[bytes]
    started: float
    log: Path

    @property
    def url(self) -> str:
        """The address that clients use."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
        """Return the JSON of a good answer. Raises NotServed for any other."""
        status, content = self.raw(method, path, body)
        if status >= 300:
            message = f"{method} {path}: {status} {content[:300].decode(errors='replace')}"
            raise NotServed(message)
        return json.loads(content)

    def raw(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> tuple[int, bytes]:
        """Return status and content. Raises OSError while nothing listens."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=600)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                return response.status, response.read()
        finally:
            connection.close()

    def wait(self, holds: Callable[[], bool], seconds: float) -> float:
        """Return the seconds from the start until something holds. Raises NotServed when it never does."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if self.process.poll() is not None:
                raise NotServed(self.log.read_text()[-2_000:])
            try:
                if holds():
                    return time.perf_counter() - self.started
            except OSError:
                pass
            time.sleep(POLL_S)
        raise NotServed(f"not within {seconds:.0f} s: {self.log.read_text()[-2_000:]}")

    def answers(self, path: str) -> bool:
        """Return whether GET of this path gives 200."""
        return self.raw("GET", path)[0] == 200

    def cpu_seconds(self) -> float:
        """Return the processor time that it and its children have used so far."""
        process = psutil.Process(self.process.pid)
        family = [process, *process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
        return sum(t.user + t.system for t in times)


@contextmanager
def serving(
    module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `python -m MODULE ARGUMENTS --port N`; the server is begun, not yet ready. Stops it at the end."""
    port = free_port()
    command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(environment or {}), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield Server(port, process, started, log)
        finally:
            stop(process)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this environment without the settings of a service that the shell may carry."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TROUVERE_")} | dict(
        extra
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end; end it when it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
