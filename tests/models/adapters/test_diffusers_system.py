"""Folders in the diffusers format, with diffusers itself as the oracle."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.adapters.diffusers_system import DiffusersSystem
from models.adapters.libraries import AdapterMissing
from models.checkpoint import CheckpointError
from models.diffusion import guidance, samplers
from models.diffusion.trajectory import finish, trajectory
from tests.models.adapters import checkpoints

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from torch import Tensor

    from models.types import Conditioning

diffusers: Any = pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PROMPTS = ["a red cat", "clock"]
SIZE = checkpoints.SIDE * checkpoints.FACTOR
T5 = 6
STRENGTH = 3.0
LATENTS = torch.randn(2, 4, checkpoints.SIDE, checkpoints.SIDE, generator=torch.Generator().manual_seed(1))


@dataclass(frozen=True, slots=True)
class Pair:
    """One layout as we load it and as diffusers does."""

    layout: str
    folder: Path
    ours: DiffusersSystem
    theirs: Any

    @property
    def is_flow(self) -> bool:
        """Whether it is a rectified flow."""
        return self.layout in {"sd3", "flux"}


@pytest.fixture(scope="module", params=checkpoints.LAYOUTS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Each layout, written once."""
    folder = tmp_path_factory.mktemp("checkpoint")
    checkpoints.LAYOUTS[request.param](folder)
    ours = DiffusersSystem.load(folder, picture_size=SIZE, length=T5)
    return Pair(request.param, folder, ours, checkpoints.pipeline(folder))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest layout, to be copied and spoilt."""
    folder = tmp_path_factory.mktemp("small")
    checkpoints.stable_diffusion(folder)
    return folder


@pytest.fixture
def spoilt(small: Path, tmp_path: Path) -> Path:
    """A copy of the smallest layout."""
    shutil.copytree(small, tmp_path / "copy")
    return tmp_path / "copy"


def their_prediction(pair: Pair, x: Tensor, time: Tensor, cond: Conditioning) -> Tensor:
    """What diffusers' network says of a state at its own scale and time, asked as its pipeline does."""
    pipe, told = pair.theirs, {"encoder_hidden_states": cond.tokens, "return_dict": False}
    answer: Tensor
    with torch.no_grad():
        if pair.layout == "flux":
            (tokens,) = pipe.transformer(
                pipe._pack_latents(x, *x.shape),
                timestep=time.expand(len(x)) / 1000,
                guidance=torch.full((len(x),), 3.5),
                pooled_projections=cond.pooled,
                txt_ids=torch.zeros(T5, 3),
                img_ids=pipe._prepare_latent_image_ids(
                    len(x), x.shape[2] // 2, x.shape[3] // 2, x.device, x.dtype
                ),
                **told,
            )
            answer = pipe._unpack_latents(tokens, SIZE, SIZE, pipe.vae_scale_factor)
        elif pair.layout == "sd3":
            times = time.expand(len(x))
            (answer,) = pipe.transformer(x, timestep=times, pooled_projections=cond.pooled, **told)
        else:
            sizes = torch.tensor([[SIZE, SIZE, 0, 0, SIZE, SIZE]] * len(x)).float()
            added = {"text_embeds": cond.pooled, "time_ids": sizes} if pair.layout == "sdxl" else None
            (answer,) = pipe.unet(x, time, added_cond_kwargs=added, **told)
    return answer


def test_words_become_what_the_pipeline_makes_of_them(pair: Pair) -> None:
    """Tokens and pooled vectors, of the empty prompt too, are those of the pipeline's encode_prompt."""
    cond = pair.ours.condition([*PROMPTS, ""])
    empty: dict[str, Any] = {}
    if pair.is_flow:
        length = {"max_sequence_length": T5}
        first = {"prompt_2": None} if pair.layout == "flux" else {"prompt_2": None, "prompt_3": None}
        answers = [pair.theirs.encode_prompt(text, **first, **length) for text in (PROMPTS, "")]
        tokens = [answer[0] for answer in answers]
        pooled = [answer[1] if pair.layout == "flux" else answer[2] for answer in answers]
        torch.testing.assert_close(cond.pooled, torch.cat(pooled))
    elif pair.layout == "sdxl":
        tokens_of, silence, pooled_of, nothing = pair.theirs.encode_prompt(PROMPTS)
        tokens = [tokens_of, silence[:1]]
        torch.testing.assert_close(cond.pooled, torch.cat([pooled_of, nothing[:1]]))
    else:
        empty = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": True}
        prompted, unprompted = pair.theirs.encode_prompt(PROMPTS, **empty)
        tokens = [prompted, unprompted[:1]]
    torch.testing.assert_close(cond.tokens, torch.cat(tokens))
    assert cond.mask.shape == (3, pair.ours.length)
    assert cond.mask.all()


@pytest.mark.parametrize("time", [981, 500, 20])
def test_the_clean_picture_is_the_scheduler_s_own(pair: Pair, time: int) -> None:
    """D(x; sigma) is the x0 that DDIM's step, or a flow's step to the end, makes of the network's answer."""
    cond = pair.ours.condition(PROMPTS)
    if pair.is_flow:
        scheduler = diffusers.FlowMatchEulerDiscreteScheduler()
        scheduler.set_timesteps(sigmas=[time / 1000])
        alpha, sigma = 1 - time / 1000, time / 1000
        t = scheduler.timesteps[0]
        answer = their_prediction(pair, LATENTS, t, cond)
        clean = scheduler.step(answer, t, LATENTS).prev_sample
    else:
        scheduler = diffusers.DDIMScheduler.from_config(
            pair.theirs.scheduler.config, clip_sample=False, set_alpha_to_one=True
        )
        scheduler.set_timesteps(1000)
        alpha = float(scheduler.alphas_cumprod[time].double().sqrt())
        sigma = (1 - alpha * alpha) ** 0.5
        answer = their_prediction(pair, LATENTS, torch.tensor(time), cond)
        clean = scheduler.step(answer, time, LATENTS).pred_original_sample
    ours = pair.ours.denoise(LATENTS / alpha, torch.full((2,), sigma / alpha), cond)
    torch.testing.assert_close(ours, clean, rtol=2e-4, atol=2e-4 * float(clean.abs().max()))


def test_a_whole_run_ends_in_the_pipeline_s_picture(pair: Pair) -> None:
    """Our Euler table with guidance and our decoder give the pipeline's pixels from the same noise."""
    pipe, prompt = pair.theirs, PROMPTS[0]
    told: dict[str, Any] = {"guidance_scale": STRENGTH, "num_inference_steps": 4}
    start = LATENTS[:1]
    if pair.is_flow:
        told = {"sigmas": [0.97, 0.7, 0.4, 0.1], "num_inference_steps": 4, "max_sequence_length": T5}
        told["guidance_scale"] = 3.5 if pair.layout == "flux" else STRENGTH
    given = pipe._pack_latents(start, *start.shape) if pair.layout == "flux" else start
    theirs = pipe(prompt, height=SIZE, width=SIZE, latents=given.clone(), output_type="np", **told).images[0]

    # The pipeline's scheduler now holds the grid it walked.
    levels = pipe.scheduler.sigmas.double()
    grid = levels / (1 - levels) if pair.is_flow else levels
    # A flow starts from the noise itself at its scale 1 - t; the others multiply by the first sigma.
    x = start.double() / (1 - levels[0]) if pair.is_flow else start.double() * pipe.scheduler.init_noise_sigma
    scale = guidance.Guidance(1.0 if pair.layout == "flux" else STRENGTH)
    guided = guidance.classifier_free(pair.ours.denoise, pair.ours.condition([""]), scale)
    cond = pair.ours.condition([prompt])
    table = samplers.euler(tuple(grid.tolist()))
    clean = finish(
        trajectory(lambda x, sigma, _: guided(x, sigma, cond), table, x, lambda _: torch.zeros_like(x))
    )
    ours = pair.ours.decode(clean)[0]
    assert np.abs(ours - 255.0 * theirs).max() < 1.0
    assert ours.std() > 5  # a picture, not a flat colour


def test_a_row_s_noise_level_is_its_own(pair: Pair) -> None:
    """Rows of one batch at different levels are, bit for bit, what they are alone."""
    x, sigma = torch.cat([LATENTS, LATENTS]), torch.tensor([0.1, 0.8, 3.0, 9.0])
    cond = pair.ours.condition([*PROMPTS, "", "dog"])
    together = pair.ours.denoise(x, sigma, cond)
    for i, prompt in enumerate([*PROMPTS, "", "dog"]):
        alone = pair.ours.denoise(x[i : i + 1], sigma[i : i + 1], pair.ours.condition([prompt]))
        assert torch.equal(together[i : i + 1], alone)


def test_one_call_for_a_batch_gives_the_same_rows(pair: Pair) -> None:
    """With `batched` set the network is told a vector of times; the rows agree to rounding."""
    batched = DiffusersSystem.load(pair.folder, picture_size=SIZE, length=T5, batched=True)
    x, sigma = torch.cat([LATENTS, LATENTS]), torch.tensor([0.1, 0.8, 3.0, 9.0])
    cond = pair.ours.condition([*PROMPTS, "", "dog"])
    torch.testing.assert_close(
        batched.denoise(x, sigma, cond), pair.ours.denoise(x, sigma, cond), rtol=1e-4, atol=1e-4
    )


def test_without_conditioning_rows_are_told_the_empty_prompt(pair: Pair) -> None:
    """Passing None is passing the conditioning of the empty prompt."""
    sigma = torch.tensor([2.0, 0.3])
    told = pair.ours.denoise(LATENTS, sigma, pair.ours.condition(["", ""]))
    assert torch.equal(pair.ours.denoise(LATENTS, sigma, None), told)


def test_latents_are_the_pipeline_s_scaled_ones(pair: Pair) -> None:
    """A picture's latent is (mode - shift)·scale, in which the network was trained."""
    pixels = np.random.default_rng(0).integers(0, 256, (1, SIZE, SIZE, 3), dtype=np.uint8)
    unit = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    vae = pair.theirs.vae
    with torch.no_grad():
        mode = vae.encode(unit).latent_dist.mode()
    expected = (mode - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor
    torch.testing.assert_close(pair.ours.encode(pixels), expected)


def test_the_span_and_the_size_are_the_checkpoint_s(pair: Pair) -> None:
    """Levels, latent shape and picture size follow from the folder."""
    low, high = pair.ours.sigma_span
    assert (low, high) == pytest.approx(
        (1 / 999, 80.0) if pair.is_flow else (0.02917, 4096.0 if pair.layout == "sd, v" else 14.6146),
        rel=1e-3,
    )
    assert pair.ours.latent_shape == (4, 8, 8)
    assert pair.ours.picture_size == SIZE
    assert pair.ours.name == pair.folder.name


def test_a_preview_is_a_small_picture_of_large_latents(small: Path) -> None:
    """Latents over 32 a side are averaged first; of flat ones the preview is the picture itself, smaller."""
    system = DiffusersSystem.load(small, picture_size=64 * checkpoints.FACTOR)
    flat = torch.ones(1, 4, 64, 64) * torch.tensor([0.4, -0.2, 0.1, 0.9]).reshape(1, 4, 1, 1)
    preview, picture = system.preview(flat), system.decode(flat)
    assert preview.shape == (1, 64, 64, 3)
    np.testing.assert_allclose(preview[0, 32, 32].astype(int), picture[0, 64, 64].astype(int), atol=12)


def test_every_file_is_in_the_digest(spoilt: Path) -> None:
    """The digest is stable, and another scheduler or one other weight changes it."""
    first = DiffusersSystem.load(spoilt).digest
    assert DiffusersSystem.load(spoilt).digest == first
    config = spoilt / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.012", "0.013"))
    second = DiffusersSystem.load(spoilt).digest
    weights = load_file(spoilt / "unet" / "diffusion_pytorch_model.safetensors")
    weights["conv_out.bias"] += 1
    save_file(weights, spoilt / "unet" / "diffusion_pytorch_model.safetensors")
    assert len({first, second, DiffusersSystem.load(spoilt).digest}) == 3


def test_weights_in_half_precision_alone_are_found(spoilt: Path) -> None:
    """A folder that only holds the fp16 variant loads."""
    plain = spoilt / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: value.half() for name, value in load_file(plain).items()}, plain)
    plain.rename(plain.with_name("diffusion_pytorch_model.fp16.safetensors"))
    halved = DiffusersSystem.load(spoilt).denoise(LATENTS, torch.tensor([1.0, 2.0]), None)
    assert halved.isfinite().all()


@pytest.mark.parametrize("component", ["unet", "text_encoder", "vae"])
@pytest.mark.parametrize("suffix", [".bin", ".pt", ".ckpt"])
def test_pickles_are_refused_by_name(spoilt: Path, component: str, suffix: str) -> None:
    """A component with a pickle and no safetensors is refused, and the pickle is not opened."""
    weights = next((spoilt / component).glob("*.safetensors"))
    pickled = weights.with_suffix(suffix)
    weights.unlink()
    pickled.mkdir()  # opening it would be another error
    with pytest.raises(CheckpointError, match=f"{component}/{pickled.name} is pickled"):
        DiffusersSystem.load(spoilt)


def test_an_index_may_lead_to_safetensors_only(spoilt: Path) -> None:
    """A sharded component whose index names a pickle is refused."""
    (spoilt / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    index = spoilt / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"conv_in.weight": "../evil.bin"}}))
    with pytest.raises(CheckpointError, match=r"evil\.bin"):
        DiffusersSystem.load(spoilt)


@pytest.mark.parametrize("component", ["unet", "text_encoder", "vae"])
def test_nothing_is_left_at_random(spoilt: Path, component: str) -> None:
    """A missing tensor is an error, where the libraries would only warn."""
    path = next((spoilt / component).glob("*.safetensors"))
    weights = load_file(path)
    del weights[max(weights)]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="lacks weights"):
        DiffusersSystem.load(spoilt)


def test_another_pipeline_is_refused_by_name(spoilt: Path) -> None:
    """The error says what the folder is and what is known."""
    index = spoilt / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "KandinskyPipeline"))
    with pytest.raises(CheckpointError, match=r"KandinskyPipeline; known here are StableDiffusionPipeline"):
        DiffusersSystem.load(spoilt)


def test_a_missing_component_is_named(spoilt: Path) -> None:
    """A folder without its vae raises FileNotFoundError."""
    shutil.rmtree(spoilt / "vae")
    with pytest.raises(FileNotFoundError, match="vae"):
        DiffusersSystem.load(spoilt)


@pytest.mark.parametrize("size", [15, 18, 0])
def test_a_size_that_cannot_be_drawn_is_refused(small: Path, size: int) -> None:
    """The decoder and the network halve the picture; a size they cannot halve is an error."""
    with pytest.raises(ValueError, match="have a side that"):
        DiffusersSystem.load(small, picture_size=size)


def test_another_length_is_refused(small: Path) -> None:
    """The network is told as many tokens as it was trained with."""
    with pytest.raises(ValueError, match="12 text tokens"):
        DiffusersSystem.load(small).condition(["cat"], 5)


def test_without_the_library_the_extra_is_named(small: Path) -> None:
    """Where diffusers is not installed the error says what to install."""

    def importer(module: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {module!r}", name="diffusers")

    with pytest.raises(AdapterMissing, match=r"trouvere\[diffusers\]"):
        DiffusersSystem.load(small, importer=importer)


def test_nothing_is_asked_of_a_network(small: Path) -> None:
    """Loading opens no connection and looks no name up."""
    seen: list[str] = []
    open_ears = [True]

    def listen(event: str, _: tuple[object, ...]) -> None:
        if open_ears[0] and event in {"socket.connect", "socket.getaddrinfo"}:
            seen.append(event)

    sys.addaudithook(listen)  # cannot be removed, only deafened
    DiffusersSystem.load(small)
    open_ears[0] = False
    assert seen == []
