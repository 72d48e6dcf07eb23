"""Reads the container files that the tests compare with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
COMPOSE = ROOT / "docker" / "compose.yaml"
PROMETHEUS = ROOT / "docker" / "prometheus.yml"
SETTING = re.compile(r"\bTROUVERE_[A-Z_]+")


def read_yaml(path: Path) -> Any:
    """Return a YAML file as plain values."""
    return YAML(typ="safe", pure=True).load(path.read_text())


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, the rest), continued lines joined and comments left out."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    parts = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in parts]


def last(name: str) -> str:
    """Return what follows the last instruction of this name: the one in force."""
    return [rest for found, rest in instructions() if found == name][-1]


def argument(name: str) -> str:
    """Return the default of a build argument."""
    return next(
        rest.partition("=")[2]
        for kind, rest in instructions()
        if kind == "ARG" and rest.startswith(f"{name}=")
    )


def health_command() -> list[str]:
    """Return the command of the image's health check."""
    command: list[str] = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    return command
