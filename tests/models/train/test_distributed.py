"""Two training processes under torchrun against one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

_SCRIPT = """
import sys
from pathlib import Path
import torch
from torch import nn
from models.train.config import Recipe, Schedule
from models.train.distributed import Ranks, gather, joined
from models.train.loop import Trainer
from tests.models.train.test_loop import Regression

schedule = Schedule(steps=30, batch=16, learning_rate=0.05, warmup=3, bf16=False)
with joined() as ranks:
    recipe = Recipe(name="line", output=sys.argv[1], schedule=schedule)
    trainer = Trainer(recipe, Regression(), nn.Linear(3, 1), ranks)
    trainer.fit()
    everything = torch.arange(8.0).reshape(4, 2).requires_grad_()
    own = everything[ranks.rows(4)]
    loss = (own[:, None] * gather(own)).sin().sum() * ranks.count / 4
    (slope,) = torch.autograd.grad(loss, everything)
    if ranks.count > 1:
        torch.distributed.all_reduce(slope)
        slope = slope / ranks.count
    state = trainer.objective.net.state_dict() | {"slope": slope}
    state["numbers"] = gather(torch.arange(4)[ranks.rows(4)])
    state["place"] = torch.tensor(Ranks.here().index == ranks.index)
    torch.save(state, Path(sys.argv[1]) / f"rank-{ranks.index}.pt")
"""


def _train(output: Path, script: Path, command: list[str]) -> None:
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    output.mkdir()
    subprocess.run(
        [*command, str(script), str(output)], env=environment, check=True, capture_output=True, timeout=120
    )


@pytest.mark.slow
def test_two_processes_train_what_one_does(tmp_path: Path) -> None:
    """With half of each batch in each process the weights agree to the bit, and with one process to 1e-5.

    So does the gradient of a loss over all pairs of gathered rows.
    """
    script = tmp_path / "train.py"
    script.write_text(_SCRIPT)
    _train(tmp_path / "one", script, [sys.executable])
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    _train(tmp_path / "two", script, [sys.executable, *torchrun])
    one, first, second = (
        torch.load(tmp_path / name, weights_only=True)
        for name in ("one/rank-0.pt", "two/rank-0.pt", "two/rank-1.pt")
    )
    for name in one:
        assert torch.equal(first[name], second[name])
        torch.testing.assert_close(first[name], one[name], atol=1e-5, rtol=1e-5)
    assert first["numbers"].tolist() == [0, 1, 2, 3]
    assert bool(first["place"])
