"""Picks the text encoder, and loads it behind the service's back: torch alone takes seconds to import."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from app.search.embeddings import Encoder
    from app.settings import Settings

MINILM = ("all-MiniLM-L6-v2", 384)


class LazyEncoder:
    """An encoder whose name and size are known now, and whose weights arrive later.

    `encode` waits for them; a failed load fails every call with what went wrong.
    """

    def __init__(self, name: str, dim: int, load: Callable[[], Encoder]) -> None:
        self.name = name
        self.dim = dim
        self._load = load
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="encoder-load")
        self._future = self._pool.submit(load)
        self._pool.shutdown(wait=False)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dim) float32 rows of unit length."""
        return self._future.result().encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        return self._future.result().count_tokens(texts)

    @property
    def max_tokens(self) -> int:
        """Return how many tokens of a text are read."""
        return self._future.result().max_tokens

    def is_ready(self) -> bool:
        """Return whether the weights are there."""
        return self._future.done() and self._future.exception() is None


def make_encoder(settings: Settings) -> LazyEncoder | None:
    """Return the encoder that the settings name, None for `none`.

    Raises InvalidInput when the path they name is no sentence-transformers folder.
    """
    if settings.encoder == "none":
        return None
    threads = settings.encoder_threads
    if settings.encoder == "minilm":
        return LazyEncoder(*MINILM, lambda: _load(None, MINILM[0], threads))
    folder = Path(settings.encoder)
    name, dim = _describe(folder)
    return LazyEncoder(name, dim, lambda: _load(folder, name, threads))


def _load(folder: Path | None, name: str, threads: int) -> Encoder:
    import torch

    from models.encoders.minilm import MiniLM

    torch.set_num_threads(threads)
    encoder = MiniLM(folder, name=name)
    encoder.encode(["warm up"])
    return encoder


def _describe(folder: Path) -> tuple[str, int]:
    try:
        config = json.loads((folder / "config.json").read_text())
        return str(folder.resolve()), int(config["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{folder} is no folder of a BERT-like sentence-transformers model: {error}"
        raise InvalidInput("encoder", message) from error
