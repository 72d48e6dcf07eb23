"""Training data: what is held out, folders, caches."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from models.encoders import MiniLM
from models.icons import load_icons
from models.icons.captions import PLAIN
from models.train.cache import cache_captions, icon_variants
from models.train.config import Data
from models.train.data import color_masks, held_out, load_picture, read_folder, training_icons
from models.train.denoiser import draw_angles

if TYPE_CHECKING:
    from pathlib import Path


def test_a_twentieth_is_held_out_by_name() -> None:
    """An icon is held out when the hash of family/concept/weight says so; logos are left out too."""
    trained = {icon.id for icon in training_icons()}
    icons = load_icons()
    assert 0.04 < np.mean([held_out(icon) for icon in icons]) < 0.06
    for icon in icons[::37]:
        name = f"{icon.family}/{icon.concept}/{icon.weight}"
        out = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 20 == 0
        assert (icon.id in trained) == (not out and not icon.brand)


def test_masks_are_coloured_linearly() -> None:
    """Ink at 255, paper at 0, and a mixture between."""
    masks = torch.tensor([[[0, 255, 51]]], dtype=torch.uint8)
    picture = color_masks(masks, torch.tensor([[1.0, 0.0, -1.0]]), torch.tensor([[-1.0, 0.5, 1.0]]))
    torch.testing.assert_close(
        picture[0, :, 0], torch.tensor([[-1.0, 1.0, -0.6], [0.5, 0.0, 0.4], [1.0, -1.0, 0.6]])
    )


def test_a_folder_gives_captions(tmp_path: Path) -> None:
    """Text wins over title and tags, and blank lines are skipped."""
    rows = [
        {"file_name": "a.png", "text": "a horse"},
        {"file_name": "b.png", "title": "cow", "tags": ["farm"]},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    assert [row.caption for row in read_folder(tmp_path)] == ["a horse", "cow, farm"]


@pytest.mark.parametrize("line", ['{"text": "x"}', '["a.png"]', '{"file_name": "../secret.png"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    """A row without a file, or with one outside the folder, is refused by its number."""
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.png"}\n' + line)
    with pytest.raises(ValueError, match="line 2"):
        read_folder(tmp_path)


def test_pictures_are_letterboxed_on_white(tmp_path: Path) -> None:
    """A wide red picture stands in the middle of a white square; transparency is white."""
    Image.new("RGB", (40, 20), (255, 0, 0)).save(tmp_path / "wide.png")
    picture = load_picture(tmp_path / "wide.png", 40)
    assert picture[:, 20, 20].tolist() == [255, 0, 0]
    assert picture[:, 2, 20].tolist() == [255, 255, 255]
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_picture(tmp_path / "clear.png", 8).min() == 255


def test_every_icon_is_told_plain_and_in_colours() -> None:
    """The first variant is black on white with several captions, the rest are coloured with one."""
    icons = load_icons()[:3]
    variants = icon_variants(icons, Data(colorings=4, captions=2), seed=1)
    assert [v.source for v in variants] == [0] * 4 + [1] * 4 + [2] * 4
    assert [len(v.captions) for v in variants[:4]] == [2, 1, 1, 1]
    assert [v.coloring == PLAIN for v in variants[:4]] == [True, False, False, False]
    assert variants == icon_variants(icons, Data(colorings=4, captions=2), seed=1)


def test_cached_captions_are_those_of_the_encoder(tmp_path: Path) -> None:
    """What is gathered from disk equals fresh conditioning to half precision, also the second time."""
    encoder, captions = MiniLM(), ["a horse", "two red hearts on white", "sun"]
    fresh = encoder.condition(captions, 12)
    for _ in range(2):
        cache = cache_captions(captions, encoder, 12, tmp_path)
        tokens, mask, pooled = cache.gather(np.array([2, 0]), 12)
        assert torch.equal(mask, fresh.mask[[2, 0]])
        torch.testing.assert_close(tokens, fresh.tokens[[2, 0]], atol=2e-3, rtol=2e-3)
        torch.testing.assert_close(pooled, fresh.pooled[[2, 0]], atol=2e-3, rtol=2e-3)


def test_angles_are_spread_over_the_whole_path() -> None:
    """All uniform, every tenth of (0, pi / 2) gets a tenth of the batch, to the row."""
    angles = draw_angles(1000, 1.0, torch.Generator().manual_seed(0))
    counts = torch.histc(angles, bins=10, min=0.0, max=torch.pi / 2)
    assert counts.tolist() == pytest.approx([100.0] * 10, abs=2)


def test_log_normal_levels_have_their_moments() -> None:
    """None uniform, ln tan(t) has mean -0.4 and deviation 1."""
    logs = draw_angles(20_000, 0.0, torch.Generator().manual_seed(0)).tan().log()
    assert float(logs.mean()) == pytest.approx(-0.4, abs=0.02)
    assert float(logs.std()) == pytest.approx(1.0, abs=0.02)
