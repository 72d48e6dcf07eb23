"""Starts the real service as a process on a free port, and talks to it as any client would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

START_S = 90.0
ADDRESS = re.compile(r"http://\S+")


@dataclass(slots=True)
class Service:
    """One running service: its address, a client of it, and what it said on standard error."""

    process: subprocess.Popen[str]
    data: Path
    address: str
    client: httpx.Client
    listener: threading.Thread
    said: list[str] = field(default_factory=list)

    def wait_ready(self, timeout_s: float = START_S) -> None:
        """Return when search can be answered."""
        self._wait(lambda: self.client.get("/readyz").status_code == 200, "readiness", timeout_s)

    def wait_model(self, timeout_s: float = START_S) -> None:
        """Return when the generator is loaded and warm."""
        self._wait(lambda: bool(self.client.get("/v1/stats").json()["model_ready"]), "the model", timeout_s)

    def wait_vectors(self, timeout_s: float = START_S) -> None:
        """Return when everything in the log can be found by meaning too."""

        def caught_up() -> bool:
            stats = self.client.get("/v1/stats").json()
            return bool(stats["vectors_lsn"] >= stats["log_lsn"])

        self._wait(caught_up, "vectors", timeout_s)

    def stop(self) -> int:
        """End the service politely and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._end()

    def kill(self) -> None:
        """End the service as a power cut would."""
        self.process.kill()
        self._end()

    def _end(self) -> int:
        status = self.process.wait(30)
        self.listener.join(30)
        self.client.close()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return status

    def _wait(self, holds: object, what: str, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the service ended:\n" + "".join(self.said[-50:]))
            if callable(holds) and holds():
                return
            time.sleep(0.05)
        raise TimeoutError(f"no {what} within {timeout_s:g} s:\n" + "".join(self.said[-50:]))


def run_app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; settings come as `name=value`. Raises RuntimeError when it fails."""
    command = [sys.executable, "-m", "app", *arguments]
    env = {**os.environ, **{f"TROUVERE_{name.upper()}": value for name, value in environment.items()}}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def start(data: Path, *arguments: str, **environment: str) -> Service:
    """Start `python -m app serve` on a folder; settings come as `name=value`."""
    command = [sys.executable, "-m", "app", "serve", "--data", str(data), "--port", "0", *arguments]
    settings = {f"TROUVERE_{name.upper()}": value for name, value in environment.items()}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[str] = []
    listener = threading.Thread(target=_listen, args=(process, said), daemon=True)
    listener.start()
    assert process.stdout is not None
    found = ADDRESS.search(process.stdout.readline())
    if found is None:
        process.wait(10)
        raise RuntimeError("the service did not start:\n" + "".join(said))
    address = found.group()
    return Service(process, data, address, httpx.Client(base_url=address, timeout=60.0), listener, said)


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stderr is not None
    said.extend(iter(process.stderr.readline, ""))
