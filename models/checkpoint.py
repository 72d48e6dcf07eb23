"""Weights on disk: safetensors beside JSON, never pickles; written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch
    from torch import Tensor

FORMAT_VERSION = 1
OLDEST_READABLE = 1


class CheckpointError(ValueError):
    """A file is not weights, or not of a version that this build reads."""


def write_weights(path: Path, tensors: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> None:
    """Write tensors, in `dtype` when given, under a temporary name that is then renamed."""
    ready = {
        name: tensor.detach().to(dtype or tensor.dtype).contiguous().clone()
        for name, tensor in tensors.items()
    }
    part = path.with_suffix(".part")
    save_file(ready, part)
    part.chmod(0o644)  # safetensors writes for its owner alone, and a service may run as another user
    part.replace(path)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file as float32. Raises CheckpointError for anything else."""
    if path.suffix != ".safetensors":
        raise CheckpointError(f"{path.name}: weights are read from safetensors only")
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except FileNotFoundError:
        raise
    except Exception as error:
        raise CheckpointError(f"{path.name} is not a safetensors file: {error}") from error


def write_config(path: Path, values: Mapping[str, Any]) -> None:
    """Write sorted JSON with the format's version."""
    part = path.with_suffix(".part")
    text = json.dumps({"format": FORMAT_VERSION, **values}, indent=2, sort_keys=True)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def read_config(path: Path) -> dict[str, Any]:
    """Return what write_config wrote, without the version. Raises CheckpointError for another version."""
    values = json.loads(path.read_text(encoding="utf-8"))
    version = values.pop("format", None) if isinstance(values, dict) else None
    if not isinstance(version, int) or not OLDEST_READABLE <= version <= FORMAT_VERSION:
        raise CheckpointError(
            f"{path.name} has format {version}; this build reads {OLDEST_READABLE} to {FORMAT_VERSION}"
        )
    return dict(values)


def digest(*paths: Path) -> str:
    """Return the sha256, in hexadecimal, of files one after another."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()
