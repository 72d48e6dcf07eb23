"""Says where and on what a figure was measured: processor, memory, commit, and how busy it was."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

GIBIBYTE = 1024**3
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, the commit, and the average number of busy threads of other work as it began."""

    processor: str
    num_cores: int
    memory_gib: float
    system: str
    commit: str
    load: float

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.num_cores} cores, {self.memory_gib:.0f} GiB, {self.system}, "
            f"commit {self.commit}, load {self.load:.1f} before it began"
        )


def this_machine() -> Machine:
    """Return what this process runs on; `-dirty` marks a commit with changes beside it."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processor(Path("/proc/cpuinfo")),
        len(os.sched_getaffinity(0)),
        pages / GIBIBYTE,
        f"Python {platform.python_version()}",
        commit(),
        os.getloadavg()[0],
    )


def processor(path: Path) -> str:
    """Return the processor's model as Linux names it, else its architecture."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def commit() -> str:
    """Return the short hash of the commit, `unknown` outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip() or "unknown"
