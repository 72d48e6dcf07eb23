"""Says how far back to noise a found picture goes to help, by how like its words are: a measured table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LEAST_SHOWN = 0.5  # cosine of text vectors below which a picture near a prompt is not shown to the model
FORMAT = 1
OLDEST_READABLE = 1
FILE = "reuse.json"


class UnreadableTable(ValueError):
    """The file is no table of this or an older format."""


@dataclass(frozen=True, slots=True)
class Step:
    """From this similarity on (cosine of text vectors), start at noise level `sigma`; None is noise alone."""

    similarity: float
    sigma: float | None


@dataclass(frozen=True, slots=True)
class ReuseTable:
    """The start levels that were measured for one model, by where the source comes from.

    `steps` has one list for `generated` sources and one for `found` ones, each rising in similarity. A more
    similar source need not start lower: words that differ in one colour are nearly the same to an
    encoder of text, and not to the eye. `model_digest` names the model it was measured with, `evidence` is
    what the measurement saw, for people.
    """

    steps: Mapping[str, Sequence[Step]]
    model_digest: str
    epsilon: float
    measure: str
    evidence: Sequence[Mapping[str, Any]] = ()

    def start(self, origin: str, similarity: float) -> float | None:
        """Return the noise level to start at, None where starting from noise alone is better."""
        sigma = None
        for step in self.steps.get(origin, ()):
            if similarity >= step.similarity:
                sigma = step.sigma
        return sigma

    def write(self, folder: Path) -> Path:
        """Write the table beside a model's weights."""
        body = {
            "format": FORMAT,
            "model_digest": self.model_digest,
            "epsilon": self.epsilon,
            "measure": self.measure,
            "steps": {
                origin: [[step.similarity, step.sigma] for step in steps]
                for origin, steps in self.steps.items()
            },
            "evidence": [dict(row) for row in self.evidence],
        }
        path = folder / FILE
        path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def read(cls, folder: Path) -> ReuseTable | None:
        """Return the table in a model's folder, None when there is none. Raises UnreadableTable."""
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if not OLDEST_READABLE <= body["format"] <= FORMAT:
                raise UnreadableTable(f"{path} has format {body['format']}; {FORMAT} is read here")
            steps = {
                origin: tuple(
                    Step(float(similarity), None if sigma is None else float(sigma))
                    for similarity, sigma in pairs
                )
                for origin, pairs in body["steps"].items()
            }
            return cls(
                steps, body["model_digest"], float(body["epsilon"]), body["measure"], tuple(body["evidence"])
            )
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, UnreadableTable):
                raise
            raise UnreadableTable(f"{path} is no table of start levels: {error}") from error
