"""Settles which of the processes on one data folder owns what only one may: worker, snapshots, imports."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import tempfile
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp

LOCK = ".owner"
NOTE = "owner.json"  # where the owner's door is
SOCKET = "door"
PREFIX = "trouvere-"
POLL_S = 0.01


class Ownership:
    """A claim on a data folder: the first process to make it owns until it ends, however it ends.

    The owner opens a door for the others, a socket of this machine that only its user can reach, in a
    folder of its own because the path of a socket has to be short.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._note = data / NOTE
        self._lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        self.is_owner = _locked(self._lock)

    def door(self) -> Path | None:
        """Return the socket of the owner, None while nobody owns."""
        try:
            path = Path(json.loads(self._note.read_text())["door"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return path if path.exists() else None

    @asynccontextmanager
    async def serving(self, app: ASGIApp) -> AsyncIterator[None]:
        """Answer at the door while the context is open, where this process owns."""
        if not self.is_owner:
            yield
            return
        if (left := self.door()) is not None and left.parent.name.startswith(PREFIX):
            shutil.rmtree(left.parent, ignore_errors=True)  # a killed owner left it
        home = Path(tempfile.mkdtemp(prefix=PREFIX))
        server = _Inner(
            uvicorn.Config(
                app,
                uds=str(home / SOCKET),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
            )
        )
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(POLL_S)
        self._tell(home / SOCKET)
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)
            self._note.unlink(missing_ok=True)
            shutil.rmtree(home, ignore_errors=True)

    def _tell(self, door: Path) -> None:
        fresh = self._note.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": os.getpid(), "door": str(door)}))
        fresh.rename(self._note)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)


class _Inner(uvicorn.Server):
    """A server inside the process of another one, which signals are for."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # a context either way
        return nullcontext()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
