"""The models that ship with this package, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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


def find_model(name: str) -> ShippedModel:
    """Return the shipped model of a name. Raises UnknownModel, naming those there are."""
    models = shipped_models()
    for model in models:
        if model.name == name:
            return model
    raise UnknownModel(f"no model {name!r}; there are {', '.join(model.name for model in models)}")
