"""Holds one worker process and the stream to it, from its birth to its end."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from app.worker import messages

if TYPE_CHECKING:
    from app.worker.messages import Setup


class Child:
    """A running worker. It ends by itself when the stream is closed; `close` makes sure that it has."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def read(self) -> dict[str, Any]:
        """Return its next message. Raises IncompleteReadError or ConnectionError when it has died."""
        return await messages.read(self._reader)

    def send(self, kind: str, **body: Any) -> None:
        """Send a message; what a dead worker does not read, its successor is told again."""
        if not self._writer.is_closing():
            self._writer.write(messages.pack(kind, **body))

    async def close(self, patience_s: float) -> int:
        """Hang up, wait for the end, kill when it does not come; return the exit status."""
        self._writer.close()
        try:
            return await asyncio.to_thread(self._process.wait, patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return await asyncio.to_thread(self._process.wait)


async def spawn(setup: Setup) -> Child:
    """Start a worker in a fresh interpreter and tell it its setup."""
    ours, theirs = socket.socketpair()
    with theirs:
        # A fork and exec takes about a millisecond, and the arguments are our own.
        process = subprocess.Popen(  # noqa: ASYNC220, S603  # see above
            [sys.executable, "-m", "app.worker.process", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env=_environment(setup.threads),
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    child = Child(process, reader, writer)
    child.send("hello", setup=messages.setup_body(setup))
    return child


def _environment(threads: int) -> dict[str, str]:
    """Return ours with the import path, the thread count, and idle threads that sleep instead of spin."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
    }
