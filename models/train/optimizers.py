"""Optimisers of a run: AdamW for everything, or Muon for a transformer's inner matrices beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from models.train.config import Schedule


def make_optimizers(net: nn.Module, schedule: Schedule) -> list[Optimizer]:
    """Return the optimisers of a net. Matrices and kernels decay; gains, biases and tables do not.

    With `muon`, matrices inside `net.blocks` take orthogonalised steps (Jordan et al. 2024) scaled
    to the size of AdamW's, so one learning rate serves both. Raises ValueError for another name.
    """
    if schedule.optimizer not in ("adamw", "muon"):
        raise ValueError(f"no optimizer {schedule.optimizer!r}; there are adamw, muon")
    blocks = getattr(net, "blocks", None) if schedule.optimizer == "muon" else None
    inner = {
        id(p)
        for m in (blocks.modules() if blocks else ())
        if isinstance(m, nn.Linear)
        for p in m.parameters()
    }
    rest = [p for p in net.parameters() if id(p) not in inner]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizers: list[Optimizer] = [
        torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=schedule.betas, fused=True)
    ]
    if inner:
        matrices = [p for p in net.parameters() if id(p) in inner]
        optimizers.append(
            torch.optim.Muon(
                matrices,
                lr=schedule.learning_rate,
                weight_decay=schedule.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    return optimizers
