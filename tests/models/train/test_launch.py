"""Whole runs on a handful of pictures: train, resume, pack, serve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from models.catalog import find_model
from models.icons import load_icons, render_picture
from models.latent import LatentSystem
from models.train import run
from models.train.launch import recipe_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve icons of 64 pixels a side in the import form."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = []
    for i, icon in enumerate(load_icons()[::1400]):
        render_picture(icon, 64).save(folder / f"{i}.png")
        rows.append({"file_name": f"{i}.png", "title": icon.title, "tags": list(icon.tags)})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="module")
def output(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short autoencoder run."""
    output = tmp_path_factory.mktemp("runs")
    run("autoencoder", overrides=[*_common(output, pictures, 40), *_small_autoencoder()])
    return output


def _common(output: Path, pictures: Path, steps: int) -> list[str]:
    schedule = {"steps": steps, "batch": 4, "warmup": 4}
    return [
        f'output="{output}"',
        f'data.source="{pictures}"',
        "data.size=64",
        "threads=1",
        *(f"schedule.{name}={value}" for name, value in schedule.items()),
    ]


def _small_autoencoder() -> list[str]:
    return [
        "model.widths=[16, 16, 32]",
        "model.encoder_blocks=[0, 0, 1]",
        "model.decoder_blocks=[0, 0, 1]",
        "model.channels=4",
    ]


def _denoiser(output: Path, pictures: Path, name: str, until: int | None = None) -> dict[str, torch.Tensor]:
    shape = {"width": 32, "depth": 3, "heads": 2, "hidden": 32, "channels": 4, "side": 4}
    overrides = [
        *_common(output, pictures, 6),
        f'name="{name}"',
        'objective.name="tiny"',
        f'objective.autoencoder="{output / "autoencoder"}"',
        *(f"model.{key}={value}" for key, value in shape.items()),
    ]
    folder = run("denoiser", recipe_path("denoiser"), overrides, until)
    state: dict[str, torch.Tensor] = torch.load(folder / "checkpoint.pt", weights_only=True)["average"]
    return state


def test_an_autoencoder_learns(output: Path) -> None:
    """Forty steps lower the error, and the finished weights lie beside their shape."""
    rows = [json.loads(line) for line in (output / "autoencoder" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["l1"] < rows[0]["l1"]
    assert (output / "autoencoder" / "autoencoder.safetensors").exists()


def test_a_denoiser_resumes_packs_and_serves(output: Path, pictures: Path) -> None:
    """Stopped and resumed it has the same bits as in one go; packed, it loads and denoises."""
    whole = _denoiser(output, pictures, "whole")
    _denoiser(output, pictures, "parts", until=3)
    resumed = _denoiser(output, pictures, "parts")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    model = find_model(str(output / "whole" / "system"))
    assert model.name == "tiny"
    system = LatentSystem.load(model.directory)
    assert (system.name, system.latent_shape, system.picture_size) == ("tiny", (4, 4, 4), 64)
    x = torch.randn(2, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    clean = system.denoise(x, torch.tensor([0.5, 2.0]), system.condition(["a horse", ""]))
    assert not torch.equal(clean, x)
    assert np.array_equal(system.decode(clean), system.decode(clean.clone()))
