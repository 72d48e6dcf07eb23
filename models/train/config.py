"""A training recipe: a TOML file read into frozen records, with overrides by dotted name."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")


class RecipeError(ValueError):
    """A recipe names an unknown field or gives a value of the wrong kind."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast.

    batch: pictures a step over all processes. warmup: steps. decay: last share of the steps over
    which the rate falls linearly to zero. ema: gamma of the power average (Karras et al. 2024, eq. 124).
    """

    steps: int = 1000
    batch: int = 32
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.01
    warmup: int = 200
    decay: float = 0.25
    clip: float = 1.0
    ema: float = 16.97
    bf16: bool = True
    optimizer: str = "adamw"


@dataclass(frozen=True, slots=True)
class Data:
    """Where pictures come from: `icons`, or a folder with pictures beside a metadata.jsonl.

    plain: share of black on white among the colourings of icons. colorings: cached ones an icon.
    captions: cached ones a colouring. length: text tokens kept of a caption.
    """

    source: str = "icons"
    size: int = 128
    plain: float = 0.4
    colorings: int = 6
    captions: int = 2
    length: int = 20


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the bits of a training run, and where it writes."""

    name: str
    seed: int = 0
    output: str = "runs"
    checkpoint_minutes: float = 3.0
    sheet_minutes: float = 6.0
    threads: int = 2
    schedule: Schedule = field(default_factory=Schedule)
    data: Data = field(default_factory=Data)
    model: dict[str, Any] = field(default_factory=dict)
    objective: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where checkpoints, curves and sheets of this run go."""
        return Path(self.output) / self.name

    def to_json(self) -> str:
        """Return the whole recipe as sorted JSON, to lie beside what it made."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe; each override is `section.field=value` with a TOML value, or a bare word.

    Raises RecipeError for a field that no recipe has.
    """
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    for override in overrides:
        _apply(values, override)
    return _record(Recipe, values, "recipe")


def _apply(values: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"an override is name=value, not {override!r}")
    *sections, last = name.strip().split(".")
    for section in sections:
        values = values.setdefault(section, {})
    values[last] = _value(text.strip())


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _record(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]  # a dataclass type, which its caller chose
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise RecipeError(f"{where} has no field {', '.join(unknown)}; it has {', '.join(known)}")
    nested = {"schedule": Schedule, "data": Data}
    ready = {
        name: _record(nested[name], value, name)
        if name in nested and not is_dataclass(value)
        else _tuple(value)
        for name, value in values.items()
    }
    return kind(**ready)


def _tuple(value: object) -> object:
    return tuple(_tuple(v) for v in value) if isinstance(value, list) else value
