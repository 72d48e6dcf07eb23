"""Start levels are those at which nothing is lost against noise alone, as far as it was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from models.icons import load_icons
from models.train.reuse import (
    FLOORS,
    FOUND,
    GENERATED,
    Quality,
    Settings,
    Wish,
    _steps,
    calibrate,
    correlation,
    draw_wishes,
    levels,
)
from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from models.icons import Icon
    from models.reuse import ReuseTable

SIDE = 16
SETTINGS = Settings(concepts=3, pairs=6, seed=7)


class Words:
    """Encodes a text by its words, so that texts that share words are near."""

    name = "words"
    dim = 64

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.replace(",", " ").split():
                row[sum(word.encode()) % self.dim] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


class World:
    """A system whose latents are the pictures themselves, 16 x 16.

    One that `knows` draws for every prompt what was asked for, whatever it starts from; one that does
    not leaves what it is given as it is, and draws grey from noise.
    """

    name, digest, guidance = "world", "d" * 64, 1.0
    latent_shape, picture_size = (3, SIDE, SIDE), SIDE

    def __init__(self, wishes: Sequence[Wish], *, knows: bool) -> None:
        self._wishes, self._knows = {wish.prompt: wish for wish in wishes}, knows
        self._asked: Sequence[str] = ()

    def condition(self, prompts: Sequence[str], shown: Sequence[Sequence[Tensor]] = ()) -> Conditioning:  # noqa: ARG002  # the protocol's
        if any(prompts):
            self._asked = prompts
        nothing = torch.zeros(len(prompts), 1, 1)
        return Conditioning(nothing, nothing[..., 0].bool(), nothing[:, 0])

    def denoise(self, x: Tensor, sigma: Tensor, cond: Conditioning | None) -> Tensor:  # noqa: ARG002  # as above
        if self._knows:
            pictures = np.stack([self._wishes[prompt].picture(SIDE) for prompt in self._asked])
            return self.encode(pictures)
        # The mean of a source of unit variance given its noisy self: x / (1 + sigma^2).
        return x / (1 + sigma[:, None, None, None] ** 2)

    def encode(self, pictures: np.ndarray) -> Tensor:
        return torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1

    def decode(self, latents: Tensor) -> np.ndarray:
        return ((latents + 1) * 127.5).clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


@pytest.fixture(scope="module")
def icons() -> list[Icon]:
    """A few hundred icons, of concepts that were drawn several times."""
    by_concept: dict[str, list[Icon]] = {}
    for icon in load_icons():
        if not icon.brand:
            by_concept.setdefault(icon.concept, []).append(icon)
    several = [members for members in by_concept.values() if len(members) > 2]
    return [icon for members in several[:60] for icon in members]


def measured(icons: Sequence[Icon], *, knows: bool) -> ReuseTable:
    """Calibrate a world on a few icons."""
    wishes = draw_wishes(icons, SETTINGS)
    assert len({wish.prompt for wish in wishes}) == len(wishes) * 4 / 5
    world = World(wishes, knows=knows)
    lines: list[str] = []
    table = calibrate(world, Words(), icons, SETTINGS, lines.append, Quality("c", correlation))  # type: ignore[arg-type]  # a world is enough
    assert len(lines) == 1 + len(levels())
    assert table.model_digest == world.digest
    return table


def test_a_model_that_needs_no_help_may_start_anywhere(icons: list[Icon]) -> None:
    """Nothing is lost at any level in any bin, so each bin that was measured has the lowest level."""
    table = measured(icons, knows=True)
    for origin in (GENERATED, FOUND):
        lowest = pytest.approx(min(level for level in levels() if level >= FLOORS[origin]), abs=1e-4)
        measured_bins = {row["similarity"] for row in table.evidence if row["origin"] == origin}
        starts = {step.similarity: step.sigma for step in table.steps[origin]}
        assert measured_bins
        assert all(starts[low] == lowest for low in measured_bins)
    assert all(abs(row["lost"]) < 1e-6 for row in table.evidence)


def test_a_model_that_can_nothing_is_helped_by_the_icon_itself(icons: list[Icon]) -> None:
    """From noise it draws grey; what is found is like what was asked for, more so the nearer it starts."""
    table = measured(icons, knows=False)
    found = [row for row in table.evidence if row["origin"] == FOUND]
    best = max(found, key=lambda row: (row["similarity"], -row["sigma"]))
    worst = max(found, key=lambda row: (row["similarity"], row["sigma"]))
    assert best["lost"] < -0.1
    assert best["lost"] < worst["lost"]
    assert table.start(FOUND, 1.0) == best["sigma"]


def test_wishes_repeat_themselves_as_people_do(icons: list[Icon]) -> None:
    """Five a concept: twice the same, reworded, recoloured, restyled; the same seed, the same wishes."""
    wishes = draw_wishes(icons, SETTINGS)
    assert len(wishes) == 15
    for first, again, reworded, recolored, restyled in zip(*[iter(wishes)] * 5, strict=True):
        assert first == again
        assert (first.icon, first.coloring) == (reworded.icon, reworded.coloring)
        assert recolored.icon == first.icon
        assert (restyled.icon.concept, restyled.coloring) == (first.icon.concept, first.coloring)
        assert restyled.icon != first.icon
    assert draw_wishes(icons, SETTINGS) == wishes


def test_correlation_is_of_all_pixels_and_colours(icons: list[Icon]) -> None:
    """The icon itself is 1, its negative -1, a blank sheet 0; it equals numpy's own."""
    wish = draw_wishes(icons, SETTINGS)[2]
    true = wish.picture(SIDE)
    noise = np.random.default_rng(0).integers(0, 256, true.shape, np.uint8)
    scores = correlation([wish] * 4, np.stack([true, 255 - true, np.full_like(true, 9), noise]))
    assert scores[:3] == pytest.approx([1.0, -1.0, 0.0])
    assert scores[3] == pytest.approx(np.corrcoef(true.ravel(), noise.ravel())[0, 1])


def test_a_level_holds_only_while_all_above_it_do() -> None:
    """Going down from the noisiest, the first loss ends it, bin by bin; what was not measured is no start."""
    rows = [
        {"origin": GENERATED, "similarity": low, "sigma": sigma, "lost": lost}
        for low, losses in ((0.8, (0.0, 0.2, 0.0)), (0.9, (0.0, 0.005, 0.0)), (0.98, (0.3, 0.0, 0.0)))
        for sigma, lost in zip((8.0, 4.0, 2.0), losses, strict=True)
    ]
    found = {step.similarity: step.sigma for step in _steps(GENERATED, rows, 0.01)}
    assert found == {0.8: 8.0, 0.9: 2.0, 0.95: None, 0.98: None, 0.999: None}
    assert all(step.sigma is None for step in _steps(FOUND, rows, 0.01))
