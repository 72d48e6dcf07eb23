"""The shipped system: loading, contracts of its rows, and pictures that look like icons."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from models.catalog import find_model
from models.checkpoint import CheckpointError, read_config, write_config
from models.encoders import MiniLM
from models.icons import load_icons, render_picture
from models.latent import LatentSystem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def system() -> LatentSystem:
    """The default model."""
    return LatentSystem.load(find_model("trouvere-icons").directory)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Black icons on white, of several families."""
    icons = [icon for icon in load_icons() if not icon.brand][::1500]
    return np.stack([np.asarray(render_picture(icon, 128)) for icon in icons])


def test_it_says_what_it_is(system: LatentSystem) -> None:
    """Name, shapes and digest are those of the shipped folder."""
    assert system.name == "trouvere-icons"
    assert system.latent_shape == (16, 8, 8)
    assert system.picture_size == 128
    assert len(system.digest) == 64
    assert system.digest == LatentSystem.load(find_model("trouvere-icons").directory).digest


def test_icons_survive_the_autoencoder(system: LatentSystem, pictures: np.ndarray) -> None:
    """Black icons on white come back with a mean squared error under 0.02 on [-1, 1]."""
    made = system.decode(system.encode(pictures))
    error = (made.astype(float) - pictures.astype(float)) / 127.5
    assert float(np.square(error).mean()) < 0.02


def test_latents_have_about_unit_variance(system: LatentSystem, pictures: np.ndarray) -> None:
    """The noise levels of every sampler count on it."""
    assert 0.6 < float(system.encode(pictures).std()) < 1.6


def test_decoding_does_not_feel_the_batch(system: LatentSystem, pictures: np.ndarray) -> None:
    """A latent alone and among others decodes to the same bytes."""
    latents = system.encode(pictures)
    together = system.decode(latents)
    for i in range(len(latents)):
        assert np.array_equal(system.decode(latents[i : i + 1])[0], together[i])
    assert np.array_equal(system.preview(latents), together)


def test_the_autoencoder_does_not_feel_the_threads(system: LatentSystem, pictures: np.ndarray) -> None:
    """Two torch threads give the latents and the pictures of one."""
    draw = torch.Generator().manual_seed(3)
    latents = torch.randn(4, *system.latent_shape, generator=draw)
    before, found = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append((system.encode(pictures[:2]), system.decode(latents)))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert torch.equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


def test_denoising_does_not_feel_the_batch(system: LatentSystem) -> None:
    """A row alone and among others at other levels has the same bits."""
    x = torch.randn(5, *system.latent_shape, generator=torch.Generator().manual_seed(0))
    sigma, prompts = (
        torch.tensor([20.0, 3.0, 1.0, 0.3, 0.05]),
        ["horse", "", "red heart", "a bold house", "sun"],
    )
    together = system.denoise(x, sigma, system.condition(prompts))
    for i, prompt in enumerate(prompts):
        alone = system.denoise(x[i : i + 1], sigma[i : i + 1], system.condition([prompt]))
        assert torch.equal(alone[0], together[i])


def test_little_noise_is_removed(system: LatentSystem, pictures: np.ndarray) -> None:
    """At sigma 0.3 the denoised latent is nearer to the clean one than the noisy one is."""
    clean = system.encode(pictures)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    denoised = system.denoise(clean + 0.3 * noise, torch.full((len(clean),), 0.3), None)
    assert float((denoised - clean).square().mean()) < 0.5 * 0.3**2


def test_only_uint8_pictures_of_its_size_are_encoded(system: LatentSystem) -> None:
    """Another size or type is refused with what was wanted."""
    with pytest.raises(ValueError, match=r"\(B, 128, 128, 3\) uint8"):
        system.encode(np.zeros((1, 64, 64, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="float64"):
        system.encode(np.zeros((1, 128, 128, 3)))
    assert system.encode(np.zeros((0, 128, 128, 3), dtype=np.uint8)).shape == (0, 16, 8, 8)


def test_a_folder_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Weights of another shape, or another text encoder, raise CheckpointError; a missing file its name."""
    source = find_model("trouvere-icons").directory
    with pytest.raises(FileNotFoundError, match=r"system\.json"):
        LatentSystem.load(tmp_path)
    shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    config = read_config(source / "system.json")
    encoder = MiniLM()
    write_config(tmp_path / "system.json", config | {"text_encoder": "another"})
    with pytest.raises(CheckpointError, match="another"):
        LatentSystem.load(tmp_path, encoder)
    write_config(tmp_path / "system.json", config | {"denoiser": config["denoiser"] | {"depth": 3}})
    with pytest.raises(CheckpointError, match="denoiser"):
        LatentSystem.load(tmp_path, encoder)
