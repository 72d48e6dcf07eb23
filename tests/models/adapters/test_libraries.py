"""What is said where a library is not installed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from models.adapters.diffusers_system import DiffusersSystem
from models.adapters.libraries import AdapterMissing, found

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_without_the_library_the_extra_is_named(small: Path) -> None:
    """Where diffusers is not installed the error says what to install."""

    def importer(module: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {module!r}", name="diffusers")

    with pytest.raises(AdapterMissing, match=r"trouvere\[diffusers\]"):
        DiffusersSystem.load(small, importer=importer)


def test_a_broken_part_is_named_too() -> None:
    """When something that the library itself needs is missing, the message names that."""

    def importer(module: str) -> ModuleType:
        raise ModuleNotFoundError("No module named 'regex'", name="regex")

    with pytest.raises(AdapterMissing, match="needs diffusers, and regex is missing"):
        found("UNet2DConditionModel", importer)


def test_the_libraries_wait_until_they_are_needed() -> None:
    """Importing the adapters imports neither diffusers, nor transformers, nor vtracer."""
    names = "models.adapters.clip, models.adapters.diffusers_system, models.vector"
    asked = f"import sys, {names}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert {"diffusers", "transformers", "vtracer"}.isdisjoint(answer.stdout.split())
    assert "models.adapters.clip" in answer.stdout.split()
