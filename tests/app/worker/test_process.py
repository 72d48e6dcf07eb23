"""The worker process cannot outlive its parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from app.worker.process import loader_of
from tests.app.worker.tiny import TinySystem, load

PARENT = """
import asyncio
from app.worker.child import spawn
from app.worker.messages import Setup, order_body
from tests.app.worker.studio import order

async def main():
    child = await spawn(Setup("slow:30", loader="tests.app.worker.tiny:load", niceness=0, rows=2, beat_s=60))
    print(child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    """Return whether a process runs (one that ended and waits to be collected does not)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:  # noqa: PTH123  # a kernel file
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks processes up in /proc")  # noqa: PTH112  # likewise
def test_the_worker_ends_when_its_parent_is_killed() -> None:
    """SIGKILL of the parent while the worker is inside a call of thirty seconds ends the worker at once."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        worker = int(parent.stdout.readline())
        time.sleep(2.0)
        assert is_alive(worker)
        parent.send_signal(signal.SIGKILL)
        until = time.monotonic() + 10
        while is_alive(worker) and time.monotonic() < until:
            time.sleep(0.02)
        assert not is_alive(worker)


def test_a_loader_is_found_by_its_name() -> None:
    """`module:name` and `module:Class.method` name what is called with the source."""
    assert loader_of("tests.app.worker.tiny:load") is load
    nested: object = loader_of("tests.app.worker.tiny:TinySystem.decode")
    assert nested is TinySystem.decode
