"""Networks asked as the pipelines of diffusers ask them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import torch

from models.adapters.diffusers_networks import packed, unpacked
from models.adapters.diffusers_system import DiffusersSystem
from models.checkpoint import CheckpointError
from tests.models.adapters import checkpoints
from tests.models.adapters.pairs import LATENTS, PROMPTS, SIZE, T5, Pair

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from models.types import Conditioning

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


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


@pytest.mark.parametrize("time", [981, 500, 20])
def test_the_clean_picture_is_the_scheduler_s_own(pair: Pair, time: int) -> None:
    """D(x; sigma) is the x0 that DDIM's step, or a flow's step to the end, makes of the network's answer."""
    cond = pair.ours.condition(PROMPTS)
    diffusers: Any = import_module("diffusers")
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


@pytest.mark.parametrize("size", [15, 18, 0])
def test_a_size_that_cannot_be_drawn_is_refused(small: Path, size: int) -> None:
    """The decoder and the network halve the picture; a size they cannot halve is an error."""
    with pytest.raises(ValueError, match="have a side that"):
        DiffusersSystem.load(small, picture_size=size)


def test_packing_is_undone_and_is_diffusers_own() -> None:
    """FLUX's tokens are those of its pipeline, and unpacking gives the latents back."""
    pipeline: Any = pytest.importorskip("diffusers", reason="needs trouvere[diffusers]").FluxPipeline
    x = torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(packed(x), pipeline._pack_latents(x, *x.shape))
    assert torch.equal(unpacked(packed(x), 6, 8), x)


def test_a_network_that_is_told_more_is_refused(spoilt: Path) -> None:
    """A distilled unet, which is told a guidance strength, is not taken for a plain one."""
    checkpoints.unet(16, time_cond_proj_dim=8).save_pretrained(spoilt / "unet")
    with pytest.raises(CheckpointError, match="takes other inputs"):
        DiffusersSystem.load(spoilt)
