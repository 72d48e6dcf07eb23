"""The models that ship with this package, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.checkpoint import read_config


class UnknownModel(KeyError):
    """No shipped model has that name."""


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """A model in the repository: its public name, its folder and one sentence about it."""

    name: str
    directory: Path
    doc: str


def shipped_models() -> tuple[ShippedModel, ...]:
    """Return every shipped model, the default one first."""
    weights = Path(__file__).parent / "weights"
    return (
        ShippedModel(
            "trouvere-icons",
            weights / "icons",
            "Draws 128 x 128 icons in two colours from words; trained on open-source icon fonts.",
        ),
    )


def shipped_encoders() -> tuple[ShippedModel, ...]:
    """Return every shipped encoder of pictures and words whose weights are there."""
    folder = Path(__file__).parent / "weights" / "dual"
    doc = "Puts icons and words in one space: edges and colours of 64 x 64 pixels against sentences."
    known = (ShippedModel("trouvere-dual", folder, doc),)
    return tuple(model for model in known if (model.directory / "dual.safetensors").is_file())


def find_model(name: str) -> ShippedModel:
    """Return the shipped model of a name, or the model in a folder: packed by training, or diffusers' own.

    Raises UnknownModel, naming those there are.
    """
    folder = Path(name)
    if (folder / "system.json").is_file():
        return ShippedModel(str(read_config(folder / "system.json")["name"]), folder, "Trained here.")
    if (folder / "model_index.json").is_file():
        return ShippedModel(folder.resolve().name, folder, "A folder in the diffusers format.")
    models = shipped_models()
    for model in models:
        if model.name == name:
            return model
    raise UnknownModel(f"no model {name!r}; there are {', '.join(model.name for model in models)}")
