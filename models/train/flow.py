"""Trains the flow over sentence vectors, and says what its density tells of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from models.checkpoint import write_config
from models.encoders import MiniLM
from models.flow.coverage import COVERAGE_FILE, Coverage
from models.flow.flow import Flow, FlowShape, build, calibrate, save
from models.train.distributed import joined
from models.train.histograms import draw_histograms
from models.train.loop import Trainer
from models.train.probes import COVERED, FOREIGN
from models.train.wording import Wording, read_wording

if TYPE_CHECKING:
    from pathlib import Path

    from models.train.config import Recipe

QUANTILES = 101  # of the held-out wording: every percentile


class FlowObjective(nn.Module):
    """Negative log density in nats a dimension; a share of each batch are bare titles, the rest captions."""

    def __init__(self, recipe: Recipe, wording: Wording) -> None:
        super().__init__()
        self.recipe, self.wording = recipe, wording
        if not wording.title_out.any():
            raise ValueError("no title is held out: too few to learn how well they are covered")
        self.kept = wording.titles[~wording.title_out], wording.captions[~wording.caption_out]
        dim = wording.titles.shape[1]
        self.net = build(FlowShape(dim=dim, sphere=True, seed=recipe.seed, **recipe.model))
        enough = min(80, 1 + len(self.kept[1]) // 512)
        first = [self._batch(-1 - i, 512) for i in range(enough)]
        calibrate(self.net, torch.cat(first), float(recipe.objective.get("shrinkage", 0.01)))
        self.gaussian = self.measure(self.net)

    def draw(self, step: int, rows: slice) -> tuple[Tensor, ...]:
        """Return unit vectors of a step."""
        return (self._batch(step, self.recipe.schedule.batch)[rows],)

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss: nats a dimension of the sphere."""
        return {"loss": -self.net.log_prob(vectors).mean() / self.free}

    @property
    def free(self) -> int:
        """Dimensions of the sphere."""
        return self.net.shape.dim - 1

    def held_out(self) -> Tensor:
        """Return held-out vectors in the proportion of a batch."""
        titles = self.wording.titles[self.wording.title_out]
        captions = self.wording.captions[self.wording.caption_out]
        share = float(self.recipe.objective.get("titles", 0.5))
        count = max(1, min(len(captions), round(len(titles) * (1 - share) / share)))
        places = torch.linspace(0, len(captions) - 1, count).long()
        return torch.cat([titles, captions[places]])

    def measure(self, net: Flow) -> float:
        """Return the held-out log density in nats a dimension."""
        with torch.inference_mode():
            return float(net.log_prob(self.held_out()).mean()) / self.free

    def sheet(self, net: nn.Module, path: Path) -> None:
        """Write histograms of log densities: trained, held out, the flow's own samples, its Gaussian's."""
        if not isinstance(net, Flow):
            raise TypeError("this objective trains a Flow")
        noise = torch.Generator().manual_seed(0)
        with torch.inference_mode():
            groups = {
                "trained": self._batch(0, 512),
                "held out": self.held_out(),
                "samples of the flow": net.sample(512, noise),
            }
            values = {name: net.log_prob(rows).numpy() for name, rows in groups.items()}
        draw_histograms(values, path)

    def _batch(self, step: int, count: int) -> Tensor:
        random = np.random.default_rng([self.recipe.seed, step % 2**32])
        bare = round(count * float(self.recipe.objective.get("titles", 0.5)))
        picks = [
            random.integers(len(k), size=n) for k, n in zip(self.kept, (bare, count - bare), strict=True)
        ]
        return torch.cat([k[torch.from_numpy(p)] for k, p in zip(self.kept, picks, strict=True)])


def train_flow(recipe: Recipe, until: int | None = None) -> Flow:
    """Train, or go on training; return the averaged flow, packed in the run's folder `system`."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    with joined() as ranks:
        with ranks.first_alone():
            wording = read_wording(recipe)
        objective = FlowObjective(recipe, wording)
        average = build(objective.net.shape)
        Trainer(recipe, objective, average, ranks).fit(until)
        if ranks.first:
            pack(recipe, objective, average)
    return average


def pack(recipe: Recipe, objective: FlowObjective, flow: Flow) -> Path:
    """Write flow.safetensors, flow.json and coverage.json to the folder `system` of a run; return it."""
    target = recipe.folder / "system"
    target.mkdir(parents=True, exist_ok=True)
    save(flow, target, half=True)
    with torch.inference_mode():
        known = flow.log_prob(objective.held_out()).numpy()
    quantiles = np.quantile(known, np.linspace(0.0, 1.0, QUANTILES))
    encoder = MiniLM()
    coverage = Coverage(flow, encoder.name, quantiles)
    evidence = {
        "held_out_nats_per_dimension": objective.measure(flow),
        "gaussian_nats_per_dimension": objective.gaussian,
        "held_out_rows": len(known),
        **weigh(coverage, encoder.encode(COVERED), encoder.encode(FOREIGN)),
    }
    write_config(
        target / COVERAGE_FILE,
        {"text_encoder": encoder.name, "quantiles": quantiles.tolist(), "evidence": evidence},
    )
    for name, value in evidence.items():
        print(f"{name}: {value:.4g}" if isinstance(value, float) else f"{name}: {value}")  # noqa: T201 - a run reports
    return target


def weigh(coverage: Coverage, covered: np.ndarray, foreign: np.ndarray) -> dict[str, Any]:
    """Tell how well density parts vectors (N, D) that are covered from ones (M, D) that are not.

    auc: chance that a covered row is denser than a foreign one. The shares are of rows below the fifth
    percentile of held-out wording.
    """
    inside, outside = coverage.log_density(covered), coverage.log_density(foreign)
    line = float(coverage.threshold(0.05))
    return {
        "auc": float((inside[:, None] > outside[None]).mean()),
        "foreign_below_5_percent": float((outside < line).mean()),
        "covered_below_5_percent": float((inside < line).mean()),
    }
