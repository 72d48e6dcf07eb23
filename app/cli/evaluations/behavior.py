"""Measures recommendations on a train/test pair of files of histories."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from app.domain.errors import InvalidInput
from indexes.behavior.longterm import learn
from indexes.behavior.measure import choose, measure

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from indexes.behavior.sparse import Table

NAME = "behavior"
HELP = "Measure Recall@20 and NDCG@20 of recommendations on two files of `user item item …` lines."
TRAIN, TEST = "train.txt", "test.txt"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("directory", type=Path, help="folder with train.txt and test.txt, gzipped or not")
    parser.add_argument("--seed", type=int, default=0, help="decides what is held out to choose by")


def run(options: argparse.Namespace) -> int:
    """Choose a recipe on a part of the training file, learn all of it, measure on the test file."""
    started = time.process_time()
    known, later = read_pair(options.directory)
    print(f"{known.shape[0]} users, {known.shape[1]} items, {known.nnz} and {later.nnz} interactions")
    recipe = choose(known, options.seed, print)
    print(f"chosen on the training file alone: {recipe}")
    chosen = time.process_time()
    quality = measure(learn(known, recipe, options.seed), known, later)
    ended = time.process_time()
    print(f"Recall@20 {quality.recall:.4f}")
    print(f"NDCG@20 {quality.ndcg:.4f}")
    print(f"{quality.num_persons} users; processor seconds: {chosen - started:.1f} to choose, ", end="")
    print(f"{ended - chosen:.1f} to learn and measure")
    return 0


def read_pair(directory: Path) -> tuple[Table, Table]:
    """Return who met what in the training and in the test file, (users, items) each.

    Raises InvalidInput for a file that is missing or a line that is no list of names.
    """
    lines = [_read(directory, name) for name in (TRAIN, TEST)]
    users = _numbers(user for part in lines for user, _ in part)
    items = _numbers(item for part in lines for _, items in part for item in items)
    train, test = (_table(part, users, items) for part in lines)
    return train, test


def _read(directory: Path, name: str) -> list[tuple[str, list[str]]]:
    plain, zipped = directory / name, directory / f"{name}.gz"
    if not plain.exists() and not zipped.exists():
        raise InvalidInput("directory", f"neither {plain} nor {zipped} is there")
    content = plain.read_bytes() if plain.exists() else gzip.decompress(zipped.read_bytes())
    rows = [line.split() for line in content.decode().splitlines()]
    return [(user, items) for user, *items in filter(None, rows)]


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _table(lines: list[tuple[str, list[str]]], users: dict[str, int], items: dict[str, int]) -> Table:
    rows = np.repeat([users[user] for user, _ in lines], [len(met) for _, met in lines])
    columns = np.array([items[item] for _, met in lines for item in met], np.int32)
    ones = np.ones(len(columns), np.float32)
    table = sparse.csr_array((ones, (rows, columns)), shape=(len(users), len(items)))
    table.sum_duplicates()
    table.data[:] = 1.0
    return table
