"""What may lie beside a system: a classifier, a weaker denoiser and a few-step head."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import torch

from models.checkpoint import CheckpointError, digest, read_config, read_weights, write_config, write_weights
from models.nets.classifier import ClassifierShape, NoiseAwareClassifier
from models.nets.denoiser import LatentDenoiser
from models.nets.dit import DiffusionTransformer, TransformerShape
from models.nets.few import Adapters, merged

if TYPE_CHECKING:
    from pathlib import Path

DENOISER = "denoiser.safetensors"
CLASSIFIER = "classifier"
WEAK = "weak"
FEW = "few"


def load_classifier(folder: Path) -> NoiseAwareClassifier | None:
    """Load classifier.safetensors beside a system; None when there is none.

    Its questions and classes are in `shape.questions`. Raises CheckpointError for a file that is not
    what it should be.
    """
    if not (folder / f"{CLASSIFIER}.json").is_file():
        return None
    config = read_config(folder / f"{CLASSIFIER}.json")
    questions = {name: tuple(classes) for name, classes in config.pop("questions").items()}
    net = NoiseAwareClassifier(ClassifierShape(**config, questions=questions))
    fill(net, folder / f"{CLASSIFIER}.safetensors")
    return net


def save_classifier(net: NoiseAwareClassifier, folder: Path) -> None:
    """Write classifier.safetensors in half precision beside classifier.json."""
    write_weights(folder / f"{CLASSIFIER}.safetensors", net.state_dict(), torch.float16)
    write_config(folder / f"{CLASSIFIER}.json", asdict(net.shape))


def load_weak(folder: Path) -> LatentDenoiser | None:
    """Load weak.safetensors beside a system, a weaker denoiser of the same latents; None when there is none.

    It is what autoguidance steers away from (Karras et al. 2024). Raises CheckpointError for a file
    that is not what it should be.
    """
    if not (folder / f"{WEAK}.json").is_file():
        return None
    config = read_config(folder / f"{WEAK}.json")
    length = int(config.pop("length"))
    net = DiffusionTransformer(TransformerShape(**config))
    fill(net, folder / f"{WEAK}.safetensors")
    return LatentDenoiser(net, length)


def save_weak(net: DiffusionTransformer, length: int, folder: Path) -> None:
    """Write weak.safetensors in half precision beside weak.json."""
    write_weights(folder / f"{WEAK}.safetensors", net.state_dict(), torch.float16)
    write_config(folder / f"{WEAK}.json", {**asdict(net.shape), "length": length})


def load_few(folder: Path, denoiser: LatentDenoiser) -> LatentDenoiser | None:
    """Load few.safetensors beside a system as a denoiser that is told where to arrive; None without one.

    Raises CheckpointError for a file that is not what it should be, and for one that was trained for
    other weights than those of denoiser.safetensors.
    """
    if not (folder / f"{FEW}.json").is_file():
        return None
    config = read_config(folder / f"{FEW}.json")
    if config["denoiser"] != digest(folder / DENOISER):
        raise CheckpointError(
            f"{FEW}.safetensors belongs to another {DENOISER}: train it again, or remove it"
        )
    adapters = Adapters(denoiser.net, int(config["rank"]))
    fill(adapters, folder / f"{FEW}.safetensors")
    return LatentDenoiser(merged(denoiser.net, adapters), denoiser.length)


def save_few(adapters: Adapters, teacher: Path, folder: Path) -> None:
    """Write few.safetensors in half precision, and whose they are: the system in the folder `teacher`."""
    write_weights(folder / f"{FEW}.safetensors", adapters.state_dict(), torch.float16)
    write_config(folder / f"{FEW}.json", {"rank": adapters.rank, "denoiser": digest(teacher / DENOISER)})


def fill(net: torch.nn.Module, path: Path) -> None:
    """Load a network's weights and freeze it. Raises CheckpointError when they do not fit."""
    try:
        net.load_state_dict(read_weights(path))
    except RuntimeError as error:
        raise CheckpointError(f"{path.name} does not fit its configuration: {error}") from error
    net.eval().requires_grad_(requires_grad=False)
