"""Several training processes under torchrun: who am I, and which rows of the batch are mine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import distributed

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's place among `count` processes."""

    index: int = 0
    count: int = 1

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
