"""The loop on a problem with a known answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from models.train.config import Recipe, Schedule
from models.train.curves import read_log, smooth
from models.train.distributed import Ranks
from models.train.loop import Trainer, ema_weight, rate
from models.train.optimizers import make_optimizers

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = torch.tensor([[1.0, -2.0, 0.5]])


class Regression(nn.Module):
    """Finds a linear map from noisy examples."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net: nn.Module = nn.Linear(3, 1)

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Draw inputs and noisy outputs."""
        generator = torch.Generator().manual_seed(step)
        x = torch.randn(16, 3, generator=generator)
        return x[rows], (x @ TRUTH.T + 0.1 * torch.randn(16, 1, generator=generator))[rows]

    def forward(self, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        """Return the squared error."""
        return {"loss": (self.net(x) - y).square().mean()}

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write the weights instead of a picture."""
        path.write_text(str([p.tolist() for p in net.parameters()]))


def _trainer(output: Path, **schedule: float) -> Trainer:
    values = {"steps": 300, "batch": 16, "learning_rate": 0.05, "warmup": 10, "bf16": False} | schedule
    recipe = Recipe(name="line", output=str(output), schedule=Schedule(**values))  # type: ignore[arg-type]  # mixed values, one a field
    return Trainer(recipe, Regression(), nn.Linear(3, 1), Ranks())


def _poisoned(step: int, rows: slice) -> tuple[Tensor, ...]:
    return torch.full((rows.stop, 3), torch.inf), torch.full((rows.stop, 1), float(step))


def _bits(trainer: Trainer) -> list[Tensor]:
    return [*trainer.objective.net.state_dict().values(), *trainer.average.state_dict().values()]


def test_it_learns_the_map(tmp_path: Path) -> None:
    """The averaged weights come within 0.02 of the truth, and logs, curves and a sheet are there."""
    trainer = _trainer(tmp_path)
    trainer.fit()
    weights = trainer.average.state_dict()["weight"]
    torch.testing.assert_close(weights, TRUTH, atol=0.02, rtol=0.0)
    assert len(read_log(tmp_path / "line" / "log.jsonl")["loss"]) == 15
    assert (tmp_path / "line" / "curves.png").exists()
    assert (tmp_path / "line" / "sheet-000300.png").exists()


def test_a_killed_run_resumes_to_the_same_bits(tmp_path: Path) -> None:
    """Stopped at 37 and gone on in a new process, weights and average are bit for bit the same."""
    whole = _trainer(tmp_path / "whole", steps=60)
    whole.fit()
    _trainer(tmp_path / "parts", steps=60).fit(until=37)
    rest = _trainer(tmp_path / "parts", steps=60)
    rest.fit()
    assert rest.step == 60
    assert all(torch.equal(a, b) for a, b in zip(_bits(whole), _bits(rest), strict=True))


def test_a_finished_run_stays_as_it_is(tmp_path: Path) -> None:
    """Fitting again takes no step."""
    first = _trainer(tmp_path, steps=20)
    first.fit()
    again = _trainer(tmp_path, steps=20)
    again.fit()
    assert all(torch.equal(a, b) for a, b in zip(_bits(first), _bits(again), strict=True))


def test_a_step_that_is_not_finite_changes_nothing(tmp_path: Path) -> None:
    """One poisoned batch leaves the weights alone."""
    trainer = _trainer(tmp_path)
    trainer.advance()
    before = [p.clone() for p in trainer.objective.net.parameters()]
    trainer.objective.draw = _poisoned  # type: ignore[method-assign]  # a batch that goes bad once
    trainer.advance()
    assert all(torch.equal(a, b) for a, b in zip(before, trainer.objective.net.parameters(), strict=True))


def test_the_rate_rises_stays_and_falls() -> None:
    """Linear warm-up over ten steps, plateau, and a fall to zero over the last quarter."""
    schedule = Schedule(steps=100, learning_rate=1.0, warmup=10, decay=0.25)
    assert [rate(s, schedule) for s in (0, 4, 9, 50, 75, 90)] == pytest.approx([0.1, 0.5, 1.0, 1.0, 1.0, 0.4])
    assert rate(100, schedule) == 0.0


def test_the_power_average_is_the_closed_form() -> None:
    """The average of theta(t) = t over 1..n tends to n (gamma + 1) / (gamma + 2)."""
    average = 0.0
    for step in range(4000):
        average += (1.0 - ema_weight(step, 3.0)) * (step + 1 - average)
    assert average / 4000 == pytest.approx(4.0 / 5.0, rel=1e-3)


def test_processes_share_a_batch() -> None:
    """Rows are dealt out without gap or overlap; what cannot be is refused."""
    assert [Ranks(i, 4).rows(8) for i in range(4)] == [slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)]
    with pytest.raises(ValueError, match="divide"):
        Ranks(0, 3).rows(8)


def test_muon_takes_the_inner_matrices_only() -> None:
    """Linear maps in `blocks` go to Muon, everything else to AdamW, nothing to both."""
    net = nn.Module()
    net.blocks, net.head = nn.ModuleList([nn.Linear(4, 4, bias=False)]), nn.Linear(4, 2)
    adamw, muon = make_optimizers(net, Schedule(optimizer="muon"))
    assert [tuple(p.shape) for g in muon.param_groups for p in g["params"]] == [(4, 4)]
    assert sorted(tuple(p.shape) for g in adamw.param_groups for p in g["params"]) == [(2,), (2, 4)]
    assert len(make_optimizers(net, Schedule())) == 1
    with pytest.raises(ValueError, match="adamw, muon"):
        make_optimizers(net, Schedule(optimizer="sgd"))


def test_smoothing_keeps_a_constant() -> None:
    """A flat curve stays flat and a step is followed slowly."""
    assert smooth([2.0, 2.0, 2.0]) == [2.0, 2.0, 2.0]
    assert smooth([0.0, 1.0]) == pytest.approx([0.0, 0.1])
