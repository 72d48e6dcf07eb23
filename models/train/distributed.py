"""Several training processes under torchrun: who am I, and which rows of the batch are mine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, distributed
from torch.distributed.nn.functional import all_gather

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's place among `count` processes."""

    index: int = 0
    count: int = 1

    @staticmethod
    def here() -> Ranks:
        """Return this process's place in the group that it has joined; alone when it has joined none."""
        if not distributed.is_initialized():
            return Ranks()
        return Ranks(distributed.get_rank(), distributed.get_world_size())

    @property
    def first(self) -> bool:
        """True in the process that writes files."""
        return self.index == 0

    def rows(self, batch: int) -> slice:
        """Return this process's share of a batch. Raises ValueError when it does not divide evenly."""
        if batch % self.count:
            raise ValueError(f"a batch of {batch} does not divide among {self.count} processes")
        share = batch // self.count
        return slice(self.index * share, (self.index + 1) * share)

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """Let the first process do the work and the others, after it, find it done."""
        if self.count > 1 and not self.first:
            distributed.barrier()
        yield
        if self.count > 1 and self.first:
            distributed.barrier()


@contextmanager
def joined() -> Iterator[Ranks]:
    """Join the process group that torchrun's environment describes; alone when there is none."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Ranks()
        return
    distributed.init_process_group("gloo")
    try:
        yield Ranks(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()


def gather(rows: Tensor) -> Tensor:
    """Return the rows (B, ...) of all processes, (count * B, ...), in order; gradients reach each one's own.

    The average over processes of a loss on gathered rows has the gradient of the loss in one process.
    """
    if not distributed.is_initialized():
        return rows
    if not rows.requires_grad:
        parts = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)
    return torch.cat(all_gather(rows.contiguous()))  # type: ignore[no-untyped-call]  # torch does not type it
