"""Loads the model of a folder for the worker: ours, or one in the diffusers format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from models.adapters.diffusers_system import DiffusersSystem
from models.latent.system import LatentSystem

if TYPE_CHECKING:
    from app.worker.system import System


def load(source: str, device: str = "auto") -> System:
    """Return the system in the folder `source`: by its model_index.json one of others', else one of ours.

    On CUDA products are in bfloat16 and kernels deterministic. Raises FileNotFoundError, CheckpointError,
    AdapterMissing, and ValueError for a device that there is not.
    """
    place, folder = placed(device, is_there=torch.cuda.is_available()), Path(source)
    if place == "cuda":
        be_deterministic()
    if (folder / "model_index.json").is_file():
        dtype = torch.float32 if place == "cpu" else torch.bfloat16
        return DiffusersSystem.load(folder, device=place, dtype=dtype)
    return LatentSystem.load(folder, device=place, precision="float32" if place == "cpu" else "bfloat16")


def placed(device: str, *, is_there: bool) -> str:
    """Return where to compute, `cpu` or `cuda`, given whether a CUDA device `is_there`. Raises ValueError."""
    if device == "auto":
        return "cuda" if is_there else "cpu"
    if device not in {"cpu", "cuda"}:
        raise ValueError(f"no device {device!r}; there are auto, cpu and cuda")
    if device == "cuda" and not is_there:
        raise ValueError("no CUDA device is there")
    return device


def be_deterministic() -> None:
    """Have CUDA's kernels give the same bits each time they run with the same shapes."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for
    torch.use_deterministic_algorithms(mode=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
