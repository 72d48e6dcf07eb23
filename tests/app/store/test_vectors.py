"""What the cache of vectors promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.store.vectors import SqlVectorCache

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_bits_come_back(tmp_path: Path) -> None:
    """Vectors come back bit for bit, for their encoder only, also after opening again."""
    vectors = {f"{i:064d}": np.random.default_rng(i).normal(size=8).astype(np.float32) for i in range(700)}
    cache = SqlVectorCache(tmp_path / "deep" / "cache.db")
    cache.put_many("one", vectors)
    cache.put_many("two", {})
    cache.close()
    cache = SqlVectorCache(tmp_path / "deep" / "cache.db")
    found = cache.get_many("one", [*vectors, "missing"])
    assert {digest: vector.tobytes() for digest, vector in found.items()} == {
        digest: vector.tobytes() for digest, vector in vectors.items()
    }
    assert all(vector.dtype == np.float32 and vector.shape == (8,) for vector in found.values())
    assert cache.get_many("two", list(vectors)) == {}
    cache.close()


def test_again(tmp_path: Path) -> None:
    """A vector put again replaces the one before."""
    cache = SqlVectorCache(tmp_path / "cache.db")
    cache.put_many("one", {"d": np.zeros(2, np.float32)})
    cache.put_many("one", {"d": np.ones(2, np.float32)})
    assert cache.get_many("one", ["d"])["d"].tolist() == [1.0, 1.0]
    cache.close()


def test_broken_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A broken cache file finds nothing, keeps nothing, says so in the log, and breaks nobody."""
    (tmp_path / "cache.db").write_bytes(b"no database" * 1_000)
    cache = SqlVectorCache(tmp_path / "cache.db")
    cache.put_many("one", {"d": np.zeros(2, np.float32)})
    assert cache.get_many("one", ["d"]) == {}
    cache.close()
    assert "vectors are not cached" in caplog.text
    assert "cannot be read" in caplog.text
