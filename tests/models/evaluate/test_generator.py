"""A whole evaluation: of a system that draws nothing but grey, and of one that draws the real icons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch

from models.evaluate.generator import EVALUATIONS, GUIDANCES, Evaluation, Plan
from models.evaluate.judge import Judge, drawn
from models.evaluate.pairs import prompt_of
from models.evaluate.report import body, draw_contact_sheet, table
from models.icons import load_icons
from models.nets.pairing import Pairing
from models.nets.towers import TowerShape
from models.types import Conditioning
from tests.models.encoders.test_dual import Letters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from models.evaluate.generator import Report
    from models.latent import LatentSystem

ICONS = [icon for icon in load_icons() if icon.family == "Phosphor"][:600]
PLAN = Plan(count=64, pairs=20, curve=10, likelihoods=0)


class Copyist:
    """Draws the very icon that a prompt names, or grey; counts its evaluations."""

    name = "copyist"
    guidance = 1.0
    guidances = ("classifier_free", "distilled")
    neighbours, picture_size = 2, 128
    sigma_span = (0.02, 40.0)
    latent_shape = (1, 1, 1)

    def __init__(self, *, honest: bool) -> None:
        self.honest = honest
        self.digest = f"{honest}" * 12
        self.calls = self.shown = 0
        self._known = {prompt_of(icon): i for i, icon in enumerate(ICONS)}

    def condition(self, prompts: Sequence[str], shown: Sequence[Sequence[torch.Tensor]] = ()) -> Conditioning:
        """Hide in the pooled vector which icon is meant, and count what is shown beside it."""
        self.shown += sum(map(len, shown))
        numbers = torch.tensor([float(self._known.get(prompt, -1)) for prompt in prompts])
        empty = torch.zeros(len(prompts), 1, 1)
        return Conditioning(empty, empty[..., 0].bool(), numbers[:, None])

    def encode(self, pictures: np.ndarray) -> torch.Tensor:
        """Return what may be shown."""
        return torch.zeros(len(pictures), 1, 1, 1)

    def denoise(self, x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning) -> torch.Tensor:
        """Return the icon's number as the clean latent."""
        self.calls += len(sigma)
        return cond.pooled.reshape(-1, 1, 1, 1).expand_as(x)

    def jump(
        self, x: torch.Tensor, sigma: torch.Tensor, cond: Conditioning, target: torch.Tensor
    ) -> torch.Tensor:
        """Say the same wherever the step is to arrive."""
        assert len(target) == len(x)
        return self.denoise(x, sigma, cond)

    def decode(self, latents: torch.Tensor) -> np.ndarray:
        """Draw the icon of each number."""
        if not self.honest:
            return np.full((len(latents), 128, 128, 3), 128, np.uint8)
        return drawn([ICONS[round(float(number))] for number in latents.flatten()])


@pytest.fixture(scope="module")
def judge() -> Judge:
    """A judge that learned nothing: whatever it sees, equal pictures are equal."""
    torch.manual_seed(0)
    net = Pairing(TowerShape(size=16, cell=4, directions=4, hidden=24, dim=8), Letters.dim, 12)
    return Judge(net.eval().requires_grad_(requires_grad=False), Letters(), "0" * 64)


def _report(system: Copyist, judge: Judge, folder: Path) -> Report:
    return Evaluation(cast("LatentSystem", system), judge, PLAN, folder, ICONS).report()


def test_one_who_draws_the_icons_is_as_good_as_they_are(judge: Judge, tmp_path: Path) -> None:
    """Its distances are the floors, its shares the ceilings, and all it draws of seen pairs are copies."""
    system = Copyist(honest=True)
    report = _report(system, judge, tmp_path)
    assert report.frechet == pytest.approx(report.frechet_real)
    assert report.kernel == report.kernel_real
    assert (report.seen, report.held_out) == (report.seen_real, report.held_out_real)
    assert report.copies_seen.value == 1.0
    assert [point.setting.evaluations for point in report.steps] == list(EVALUATIONS)
    assert [point.setting.guidance for point in report.guidances] == list(GUIDANCES)
    assert [point.setting.evaluations for point in report.few] == [1, 2, 4]
    assert [point.setting.shown for point in report.told] == [False, True]
    assert system.shown > 0
    drawn_once = system.calls
    again = _report(system, judge, tmp_path)
    assert system.calls == drawn_once, "a second run draws nothing anew"
    assert body(again) == body(report)


def test_one_who_draws_grey_is_told_apart(judge: Judge, tmp_path: Path) -> None:
    """Distances are far above their floors; the table, the JSON and the sheet say it."""
    report = _report(Copyist(honest=False), judge, tmp_path)
    assert report.frechet > 10 * report.frechet_real
    assert report.kernel.mean > 10 * abs(report.kernel_real.mean)
    shown = table(report)
    assert "held-out pairs, among 20" in shown, "a small run says among how few it judges"
    assert all(word in shown for word in ("floor", "ceiling", "P(both)", "copies", "guidance"))
    assert json.loads(json.dumps(body(report)))["frechet"] == report.frechet
    draw_contact_sheet(report.sheet, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000
