"""Reads a folder of configurations and weights that someone else wrote; refuses pickles unopened."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from models.checkpoint import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from torch import Tensor

# Suffixes under which pickled weights travel; unpickling runs whatever code the file holds.
PICKLES = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})
VARIANTS = ("", "fp16", "bf16")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises FileNotFoundError, or CheckpointError for other content."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path.name} holds no JSON object")
    return values


def variant(folder: Path, stem: str) -> str | None:
    """Return the variant under which `folder` holds safetensors of `stem`; None is the plain name.

    Plain weights come first, then fp16 and bf16; in one file or in parts with an index. Raises
    CheckpointError when there are none, naming the pickle if there is one instead, or when the index
    leads anywhere but to safetensors beside it.
    """
    for kind in VARIANTS:
        suffix = f".{kind}" if kind else ""
        if (folder / f"{stem}{suffix}.safetensors").is_file():
            return kind or None
        index = folder / f"{stem}.safetensors.index{suffix}.json"
        if index.is_file():
            _check_index(index)
            return kind or None
    raise CheckpointError(_absence(folder, stem))


def digest(root: Path, paths: Iterable[Path]) -> str:
    """Return one sha256, in hexadecimal, over the names (below `root`) and contents of files."""
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        with path.open("rb") as file:
            each = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(root).as_posix()} {each}\n".encode())
    return total.hexdigest()


def contents(folder: Path) -> list[Path]:
    """Return the files of a folder that decide what is loaded from it: all but pickles, in order."""
    files = (path for path in folder.iterdir() if path.is_file() and path.suffix not in PICKLES)
    return sorted(path for path in files if path.suffix in {".json", ".model", ".safetensors", ".txt"})


def loaded(source: Any, folder: Path, stem: str, **options: Any) -> Any:
    """Return `source.from_pretrained` of a folder: safetensors only, no network, nothing left random.

    Raises CheckpointError when the weights do not fill the model; transformers and diffusers would
    leave what is missing at random values and only warn.
    """
    try:
        model, report = source.from_pretrained(
            str(folder.resolve()),
            variant=variant(folder, stem),
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
    except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder.name} does not hold a {source.__name__}: {error}") from error
    lacking = sorted([*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])])
    if lacking:
        raise CheckpointError(f"{folder.name} lacks weights of a {source.__name__}: {', '.join(lacking[:3])}")
    return model.eval().requires_grad_(requires_grad=False)


def one_by_one(rows: Tensor) -> Iterable[Tensor]:
    """Return the rows of a batch as batches of one, each with memory of its own."""
    return (row[None].contiguous() for row in rows)


def _check_index(index: Path) -> None:
    for name in sorted(set(read_json(index).get("weight_map", {}).values())):
        part = index.parent / str(name)
        if part.suffix != ".safetensors" or part.name != name:
            raise CheckpointError(f"{index.name} names {name}: weights are read from safetensors only")


def _absence(folder: Path, stem: str) -> str:
    pickles = sorted(path.name for path in folder.glob("*") if path.suffix in PICKLES)
    if pickles:
        return f"{folder.name}/{pickles[0]} is pickled: weights are read from safetensors only"
    return f"{folder.name} has no {stem}.safetensors"
