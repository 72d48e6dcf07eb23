"""What survives when the process is killed: everything acknowledged, and views that the log can vouch for."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.crash.program import Acknowledged, run
from tests.crash.proof import prove

if TYPE_CHECKING:
    from pathlib import Path

NUM_KILLS = 50
LONGEST_S = 0.2
START_S = 60.0


class Victim:
    """A running program that is told apart from its successors by its seed."""

    def __init__(self, data: Path, seed: int) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([run.__module__])
        self._snapshots = data / "snapshots"
        self._before = self._names("snapshot-")
        self._heard, tell = context.Pipe(duplex=False)
        self._process = context.Process(target=run, args=(data, seed, tell))
        self._process.start()
        tell.close()

    def is_started(self) -> bool:
        """True from the beginning: it may be opening, loading or replaying."""
        return self._process.pid is not None

    def is_writing(self) -> bool:
        """True once something was acknowledged."""
        return self._heard.poll()

    def is_saving(self) -> bool:
        """True while a snapshot is unfinished."""
        return bool(self._names("unfinished-"))

    def has_saved(self) -> bool:
        """True once a snapshot of its own is there."""
        return self._names("snapshot-") > self._before

    def kill(self) -> list[Acknowledged]:
        """Kill it and return everything it said was durable."""
        self._process.kill()
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL, "the program ended before it was killed"
        acknowledged: list[Acknowledged] = []
        try:
            while True:
                acknowledged.append(self._heard.recv())
        except EOFError:
            self._heard.close()
        return acknowledged

    def _names(self, prefix: str) -> list[str]:
        return sorted((path.name for path in self._snapshots.glob(f"{prefix}*")), reverse=True)


def _kill_at_random(data: Path, seed: int, chance: random.Random) -> list[Acknowledged]:
    """Let the program come to a random stage, and kill it a random while later."""
    victim = Victim(data, seed)
    stages = (victim.is_started, victim.is_writing, victim.is_saving, victim.has_saved)
    reached = chance.choices(stages, (2, 4, 3, 1))[0]
    until = time.monotonic() + START_S
    while not reached():
        assert time.monotonic() < until, "the program came to nothing"
        time.sleep(0.001)
    time.sleep(chance.random() * LONGEST_S)
    return victim.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute where nothing else runs; a busy machine takes its time
def test_fifty_kills(tmp_path: Path) -> None:
    """After each of fifty kills under concurrent writes, nothing acknowledged is lost and views are right."""
    data = tmp_path / "data"
    data.mkdir()
    chance = random.Random(20_260)
    acknowledged: list[Acknowledged] = []
    snapshots: list[int] = []
    for kill in range(NUM_KILLS):
        acknowledged += _kill_at_random(data, kill, chance)
        snapshots.append(prove(data, acknowledged, tmp_path / f"scratch-{kill}"))
    assert snapshots == sorted(snapshots)
    assert len(set(snapshots)) > 5
    assert len(acknowledged) > NUM_KILLS
