"""Tests that every process has a folder of its own, and that those of dead ones are swept."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from app.bootstrap.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from app.bootstrap.workspace import Workspace
space = Workspace(Path(sys.argv[1]))
print(space.path, flush=True)
os.kill(os.getpid(), 9)
"""


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    """While both live each keeps its own; closing one removes only that one."""
    one, other = Workspace(tmp_path), Workspace(tmp_path)
    assert one.path != other.path
    one.close()
    assert not one.path.exists()
    assert other.path.is_dir()
    other.close()


def test_the_folder_of_a_killed_process_is_swept_by_the_next(tmp_path: Path) -> None:
    """What SIGKILL left behind is gone after the next start; the living are untouched."""
    living = Workspace(tmp_path)
    command = [sys.executable, "-c", HOLD_AND_DIE, str(tmp_path)]
    left = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    assert left in {str(path) for path in tmp_path.iterdir()}
    following = Workspace(tmp_path)
    assert set(tmp_path.iterdir()) == {living.path, following.path}
    living.close()
    following.close()
