"""Tests that the encoder is chosen by the settings and loads without holding up the start."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.bootstrap.encoder import MINILM, LazyEncoder, OnceEncoder, make_encoder
from app.domain.errors import InvalidInput
from app.settings import Settings
from models.encoders.minilm import packaged_model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt


class Counting:
    """Encodes a text as its length, on two axes."""

    name = "counting"
    dim = 2
    max_tokens = 8

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([[len(text), 0] for text in texts], np.float32)


def test_calls_wait_for_the_weights() -> None:
    """Until the load has ended the encoder is not ready, and a call waits instead of failing."""
    gate = threading.Event()

    def load() -> Counting:
        assert gate.wait(10)
        return Counting()

    encoder = LazyEncoder("counting", 2, load)
    assert not encoder.is_ready()
    threading.Timer(0.05, gate.set).start()
    assert encoder.encode(["abc"]).tolist() == [[3.0, 0.0]]
    assert (encoder.count_tokens(["a b"]), encoder.max_tokens) == ([2], 8)
    assert encoder.is_ready()


def test_a_failed_load_fails_every_call_with_its_reason() -> None:
    """What went wrong while loading is what the caller is told."""

    def load() -> Counting:
        raise FileNotFoundError("no weights")

    encoder = LazyEncoder("counting", 2, load)
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match="no weights"):
            encoder.encode(["a"])
    assert not encoder.is_ready()


def test_the_packaged_encoder_is_what_its_name_says() -> None:
    """The size known before loading is that of the weights, and `none` is none."""
    config = json.loads((packaged_model() / "config.json").read_text())
    assert config["hidden_size"] == MINILM[1]
    assert make_encoder(Settings(encoder="none")) is None


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    """A path without a readable config is refused at the start, not at the first search."""
    with pytest.raises(InvalidInput) as caught:
        make_encoder(Settings(encoder=str(tmp_path)))
    assert caught.value.field == "encoder"


def test_a_local_folder_takes_the_place_of_the_package() -> None:
    """A sentence-transformers folder on disk encodes like the packaged one, under its own name."""
    folder = packaged_model()
    encoder = make_encoder(Settings(encoder=str(folder)))
    assert encoder is not None
    assert (encoder.name, encoder.dim) == (str(folder.resolve()), 384)
    row = encoder.encode(["a horse"])
    assert row.shape == (1, 384)
    assert float(np.linalg.norm(row)) == pytest.approx(1.0, abs=1e-5)


class Slow:
    """Encodes slowly, counts what it is given, and fails when told."""

    name, dim = "slow", 2

    def __init__(self) -> None:
        self.given: list[str] = []
        self.fails = False

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.given += texts
        time.sleep(0.05)
        if self.fails:
            raise RuntimeError("no")
        return np.array([[len(text), 1] for text in texts], np.float32)


def test_a_text_is_encoded_once_for_all_who_ask() -> None:
    """Threads that ask for the same text at once share it; a failure is everybody's and is tried again."""
    slow = Slow()
    once = OnceEncoder(slow, kept=3)  # type: ignore[arg-type]  # lazy or not
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(once.encode, [["a", "bb"], ["bb", "a"], ["a"], ["bb", "bb"]]))
    assert [row[:, 0].tolist() for row in rows] == [[1, 2], [2, 1], [1], [2, 2]]
    assert sorted(slow.given) == ["a", "bb"]
    slow.fails = True
    with pytest.raises(RuntimeError, match="no"):
        once.encode(["ccc"])
    slow.fails = False
    assert once.encode(["ccc", "dddd", "eeeee"])[:, 0].tolist() == [3, 4, 5]
    assert once.encode(["a"])[:, 0].tolist() == [1]
    assert slow.given.count("a") == 2  # it had left
