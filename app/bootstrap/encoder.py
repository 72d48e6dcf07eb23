"""Picks the text encoder, and loads it behind the service's back: torch alone takes seconds to import."""

from __future__ import annotations

import json
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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


class OnceEncoder:
    """Encodes a text once for all who ask at about the same time, of whatever space their queries are."""

    def __init__(self, encoder: LazyEncoder, kept: int = 1_024) -> None:
        self.name = encoder.name
        self.dim = encoder.dim
        self._encoder = encoder
        self._size = kept
        self._known: OrderedDict[str, Future[npt.NDArray[np.float32]]] = OrderedDict()
        self._lock = Lock()  # guards _known

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return (len(texts), dim) float32 rows of unit length; what somebody encodes is waited for."""
        with self._lock:
            mine = [text for text in dict.fromkeys(texts) if text not in self._known]
            self._known.update((text, Future()) for text in mine)
            futures = [self._known[text] for text in texts]
            while len(self._known) > max(self._size, len(texts)):
                self._known.popitem(last=False)
            own = {text: futures[texts.index(text)] for text in mine}
        if own:
            self._fill(own)
        return np.stack([future.result() for future in futures])

    def _fill(self, own: Mapping[str, Future[npt.NDArray[np.float32]]]) -> None:
        try:
            rows = self._encoder.encode(list(own))
        except BaseException as error:
            with self._lock:
                for text in own:
                    self._known.pop(text, None)
            for future in own.values():
                future.set_exception(error)
            raise
        for future, row in zip(own.values(), rows, strict=True):
            future.set_result(row)


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
