"""The training loop: every step is a function of (seed, step), so a killed run resumes to the same bits."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NoReturn, Protocol

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from models.train.curves import draw_curves
from models.train.optimizers import make_optimizers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.train.config import Recipe, Schedule
    from models.train.distributed import Ranks

CHECKPOINT_VERSION = 1


class Objective(Protocol):
    """What is trained: a module that, called with the batch drawn for one step, returns named terms.

    The term `loss` is minimised.
    """

    @property
    def net(self) -> nn.Module:
        """The network whose weights are trained."""
        ...

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return this process's rows of the batch of a step, the same for ever."""
        ...

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write a picture that shows what `net` can do by now."""
        ...


def rate(step: int, schedule: Schedule) -> float:
    """Return the learning rate of a step: linear warm-up, plateau, linear fall to zero."""
    rise = min(1.0, (step + 1) / max(1, schedule.warmup))
    fall = (schedule.steps - step) / max(1.0, schedule.decay * schedule.steps)
    return schedule.learning_rate * min(rise, fall, 1.0)


def ema_weight(step: int, gamma: float) -> float:
    """Return how much of the average is kept at a step (power EMA, Karras et al. 2024, eq. 127)."""
    return float((1.0 - 1.0 / (step + 1)) ** (gamma + 1.0))


class Trainer:
    """Holds what a checkpoint holds: net, averaged net, optimiser and step."""

    def __init__(self, recipe: Recipe, objective: Objective, average: nn.Module, ranks: Ranks) -> None:
        self.recipe, self.objective, self.average, self.ranks = recipe, objective, average, ranks
        self.average.load_state_dict(objective.net.state_dict())
        self.average.requires_grad_(requires_grad=False)
        self.step = 0
        self.optimizers = make_optimizers(objective.net, recipe.schedule)
        self.folder = recipe.folder
        self.call = _wrap(objective, ranks)

    def fit(self, until: int | None = None) -> None:
        """Train up to step `until`, or the recipe's last; start from the newest checkpoint, if any."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.resume()
        last = min(until or self.recipe.schedule.steps, self.recipe.schedule.steps)
        saved = shown = time.monotonic()
        bar: tqdm[NoReturn] = tqdm(
            total=last, initial=self.step, unit="step", disable=not self.ranks.first, mininterval=5.0
        )
        while self.step < last:
            terms = self.advance()
            bar.update()
            if self.ranks.first and self.step % 20 == 0:
                self._log(terms, bar)
            now = time.monotonic()
            if self.ranks.first and now - saved > 60.0 * self.recipe.checkpoint_minutes:
                self.save()
                saved = now
            if self.ranks.first and now - shown > 60.0 * self.recipe.sheet_minutes:
                self.show()
                shown = now
        bar.close()
        if self.ranks.first:
            self.save()
            self.show()

    def advance(self) -> dict[str, Tensor]:
        """Take one step and return the terms of its loss."""
        schedule = self.recipe.schedule
        for group in [g for optimizer in self.optimizers for g in optimizer.param_groups]:
            group["lr"] = rate(self.step, schedule)
        batch = self.objective.draw(self.step, self.ranks.rows(schedule.batch))
        with torch.autocast("cpu", torch.bfloat16, enabled=schedule.bf16):
            terms = self.call(*batch)
        terms["loss"].backward()  # type: ignore[no-untyped-call]  # torch does not type `backward`
        parameters = list(self.objective.net.parameters())
        terms["norm"] = nn.utils.clip_grad_norm_(parameters, schedule.clip)
        if bool(torch.isfinite(terms["norm"])):
            for optimizer in self.optimizers:
                optimizer.step()
        self.objective.net.zero_grad(set_to_none=True)
        self._average(parameters)
        self.step += 1
        return terms

    def _average(self, parameters: list[nn.Parameter]) -> None:
        keep = ema_weight(self.step, self.recipe.schedule.ema)
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.average.parameters()), [p.detach() for p in parameters], 1.0 - keep
            )

    def save(self) -> None:
        """Write the checkpoint under a temporary name, then rename it: never half a file."""
        state = {
            "version": CHECKPOINT_VERSION,
            "step": self.step,
            "net": self.objective.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")
        (self.folder / "recipe.json").write_text(self.recipe.to_json(), encoding="utf-8")

    def resume(self) -> None:
        """Load the newest checkpoint of this run when there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["version"] != CHECKPOINT_VERSION:
            raise ValueError(f"{path} has checkpoint version {state['version']}, not {CHECKPOINT_VERSION}")
        self.objective.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        for optimizer, values in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        self.step = int(state["step"])

    def begin(self, path: Path) -> None:
        """Take over the weights of another run's checkpoint, of a network that may lack some of this one's.

        Nothing happens once this run has a checkpoint of its own. Raises ValueError for weights too many.
        """
        if (self.folder / "checkpoint.pt").exists():
            return
        state = torch.load(path, weights_only=True)
        for net, name in ((self.objective.net, "net"), (self.average, "average")):
            unknown = net.load_state_dict(state[name], strict=False).unexpected_keys
            if unknown:
                raise ValueError(f"{path} has weights that this network lacks: {', '.join(unknown)}")

    def show(self) -> None:
        """Write the sample sheet and the loss curves."""
        self.objective.sheet(self.average, self.folder / f"sheet-{self.step:06d}.png")
        draw_curves(self.folder / "log.jsonl", self.folder / "curves.png")

    def _log(self, terms: dict[str, Tensor], bar: tqdm[NoReturn]) -> None:
        values = {name: round(float(term.detach()), 6) for name, term in terms.items()}
        bar.set_postfix(loss=values["loss"], refresh=False)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": self.step, **values}) + "\n")


def _wrap(objective: Objective, ranks: Ranks) -> Callable[..., dict[str, Tensor]]:
    if not isinstance(objective, nn.Module):
        raise TypeError("an objective is a torch module")
    return DistributedDataParallel(objective) if ranks.count > 1 else objective
