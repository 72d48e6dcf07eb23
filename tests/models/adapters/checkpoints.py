"""Writes tiny, randomly initialised folders in the diffusers format, one of each layout."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch

from models.adapters.libraries import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
TEXT_LENGTH = 12  # CLIP's 77, made small
SIDE = 8  # latents a side
FACTOR = 2  # pixels a latent pixel a side


def clip_tokenizer() -> Any:
    """A byte-level BPE of single letters and one merge."""
    return found("CLIPTokenizer")(vocab=_vocabulary(), merges=[("c", "a")], model_max_length=TEXT_LENGTH)


def t5_tokenizer() -> Any:
    """A unigram model of single letters."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    return found("T5Tokenizer")(vocab=[*pieces, *((letter, -3.0) for letter in LETTERS)], extra_ids=0)


def clip_text(kind: str, width: int, projection: int = 16) -> Any:
    """A CLIP text model of two layers, so that its penultimate states are not its embeddings."""
    config = import_module("transformers").CLIPTextConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=width,
        intermediate_size=width,
        projection_dim=projection,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TEXT_LENGTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return found(kind)(config)


def t5_text(width: int = 16) -> Any:
    """A T5 encoder of one layer."""
    config = import_module("transformers").T5Config(
        vocab_size=32, d_model=width, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    return found("T5EncoderModel")(config)


def autoencoder(channels: int, shift: float | None) -> Any:
    """A KL autoencoder that halves each side."""
    return found("AutoencoderKL")(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=channels,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=SIDE * FACTOR,
        scaling_factor=0.6,
        shift_factor=shift,
    )


def unet(width: int, **added: Any) -> Any:
    """A conditional U-Net of two levels."""
    return found("UNet2DConditionModel")(
        sample_size=SIDE,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        cross_attention_dim=width,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        **added,
    )


def stable_diffusion(folder: Path, prediction: str = "epsilon") -> None:
    """Write Stable Diffusion 1's layout, its tokenizer as vocabulary and merges alone."""
    schedule = _euler(prediction, rescale=prediction == "v_prediction")
    _pipeline(
        "StableDiffusionPipeline",
        folder,
        unet=unet(16),
        text_encoder=clip_text("CLIPTextModel", 16),
        tokenizer=clip_tokenizer(),
        vae=autoencoder(4, None),
        scheduler=schedule,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    (folder / "tokenizer" / "tokenizer.json").unlink()
    (folder / "tokenizer" / "vocab.json").write_text(json.dumps(_vocabulary()))
    (folder / "tokenizer" / "merges.txt").write_text("#version: 0.2\nc a\n")


def velocity_diffusion(folder: Path) -> None:
    """Write the layout of Stable Diffusion 2 with v-prediction and no signal at the last step."""
    stable_diffusion(folder, "v_prediction")


def stable_diffusion_xl(folder: Path) -> None:
    """Write SDXL's layout."""
    added = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 16 + 6 * 8,
    }
    _pipeline(
        "StableDiffusionXLPipeline",
        folder,
        unet=unet(16 + 8, **added),
        text_encoder=clip_text("CLIPTextModel", 16),
        text_encoder_2=clip_text("CLIPTextModelWithProjection", 8),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        vae=autoencoder(4, None),
        scheduler=_euler("epsilon"),
    )


def stable_diffusion_3(folder: Path) -> None:
    """Write Stable Diffusion 3's layout, with its T5."""
    transformer = found("SD3Transformer2DModel")(
        sample_size=SIDE,
        patch_size=2,
        in_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=32,
        caption_projection_dim=16,
        pooled_projection_dim=32,
        out_channels=4,
        pos_embed_max_size=SIDE,
    )
    _pipeline(
        "StableDiffusion3Pipeline",
        folder,
        transformer=transformer,
        text_encoder=clip_text("CLIPTextModelWithProjection", 16),
        text_encoder_2=clip_text("CLIPTextModelWithProjection", 8),
        text_encoder_3=t5_text(32),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        tokenizer_3=t5_tokenizer(),
        vae=autoencoder(4, 0.1),
        scheduler=_flow(3.0),
    )


def flux(folder: Path) -> None:
    """Write FLUX's layout, guidance-distilled."""
    transformer = found("FluxTransformer2DModel")(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        pooled_projection_dim=16,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    _pipeline(
        "FluxPipeline",
        folder,
        transformer=transformer,
        text_encoder=clip_text("CLIPTextModel", 16),
        text_encoder_2=t5_text(16),
        tokenizer=clip_tokenizer(),
        tokenizer_2=t5_tokenizer(),
        vae=autoencoder(4, 0.1),
        scheduler=_flow(1.0),
    )


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "sd": stable_diffusion,
    "sd, v": velocity_diffusion,
    "sdxl": stable_diffusion_xl,
    "sd3": stable_diffusion_3,
    "flux": flux,
}


def pipeline(folder: Path) -> Any:
    """Load a folder with diffusers itself, the oracle."""
    loaded = import_module("diffusers").DiffusionPipeline.from_pretrained(
        str(folder), local_files_only=True, low_cpu_mem_usage=False
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded


def _euler(prediction: str, *, rescale: bool = False) -> Any:
    return import_module("diffusers").EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type=prediction,
        timestep_spacing="trailing",
        steps_offset=1,
        rescale_betas_zero_snr=rescale,
    )


def _flow(shift: float) -> Any:
    return import_module("diffusers").FlowMatchEulerDiscreteScheduler(shift=shift)


def _pipeline(kind: str, folder: Path, **components: Any) -> None:
    """Give every parameter random values, so that nothing is hidden by a zero, and save."""
    generator = torch.Generator().manual_seed(0)
    for component in components.values():
        if isinstance(component, torch.nn.Module):
            component.eval()
            for parameter in component.parameters():
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.data.copy_(parameter.data + 0.1 * noise)
    getattr(import_module("diffusers"), kind)(**components).save_pretrained(folder)


def _vocabulary() -> dict[str, int]:
    pieces = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{letter}</w>" for letter in LETTERS), "ca"]
    return {piece: number for number, piece in enumerate(pieces)}
