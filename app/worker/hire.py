"""Puts a worker client together from plain settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.worker.client import WorkerClient
from app.worker.mailbox import Mailbox
from app.worker.messages import Setup
from app.worker.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from app.worker.client import Patience

GUESS_S = 0.05  # seconds an evaluation is thought to take before the first worker has measured it


def hire(
    source: Path,
    *,
    model: str,
    native_size: tuple[int, int],
    max_pictures: int = 64,
    rows: int = 16,
    decode_rows: int = 4,
    threads: int = 1,
    niceness: int = 10,
    device: str = "auto",
    loader: str = "app.worker.latent:load",
    patience: Patience | None = None,
) -> WorkerClient:
    """Return an engine that will run the model in the folder `source`; `open` starts it.

    max_pictures: unfinished pictures at most, beyond it Overloaded.
    rows:         denoiser rows of a call at most; the worker measures whether fewer do as well.
    decode_rows:  pictures decoded between two calls at most; fewer where that takes longer than a call.
    device:       `cpu`, `cuda`, or `auto`.
    """
    setup = Setup(
        str(source),
        loader=loader,
        max_tasks=max_pictures,
        rows=rows,
        decode_rows=decode_rows,
        threads=threads,
        niceness=niceness,
        device=device,
    )
    mailbox = Mailbox(max_pictures, Recipe().cost, GUESS_S)
    return WorkerClient(mailbox, setup, model=model, native_size=native_size, patience=patience)
