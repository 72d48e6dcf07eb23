"""Tests where folds run."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from indexes.dense.folds import Folds

if TYPE_CHECKING:
    import pytest


def test_without_a_thread_a_fold_runs_at_once() -> None:
    """The caller has done the work when launch returns."""
    ran: list[str] = []
    folds = Folds(background=False)
    folds.launch(lambda: ran.append(threading.current_thread().name))
    folds.close()
    assert ran == [threading.current_thread().name]


def test_folds_run_one_after_another_on_their_thread() -> None:
    """Closing waits for every fold that was launched."""
    ran: list[str] = []
    folds = Folds(background=True)
    for _ in range(3):
        folds.launch(lambda: ran.append(threading.current_thread().name))
    folds.close()
    assert ran == ["fold_0"] * 3


def test_a_failed_fold_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What went wrong behind the readers is told, and the next fold still runs."""

    def fail() -> None:
        raise OSError("no space left")

    folds = Folds(background=True)
    with caplog.at_level(logging.ERROR):
        folds.launch(fail)
        folds.launch(lambda: None)
        folds.close()
    assert [
        record.exc_info[1].args for record in caplog.records if record.exc_info and record.exc_info[1]
    ] == [("no space left",)]
