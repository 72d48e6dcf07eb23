"""Folders in the diffusers format, written once for all tests of this room."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from models.adapters.diffusers_system import DiffusersSystem
from tests.models.adapters import checkpoints
from tests.models.adapters.pairs import SIZE, T5, Pair

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session", params=checkpoints.LAYOUTS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Each layout, written once."""
    pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
    folder = tmp_path_factory.mktemp("checkpoint")
    checkpoints.LAYOUTS[request.param](folder)
    ours = DiffusersSystem.load(folder, picture_size=SIZE, length=T5)
    return Pair(request.param, folder, ours, checkpoints.pipeline(folder))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest layout, to be copied and spoilt."""
    pytest.importorskip("diffusers", reason="needs trouvere[diffusers]")
    folder = tmp_path_factory.mktemp("small")
    checkpoints.stable_diffusion(folder)
    return folder


@pytest.fixture
def spoilt(small: Path, tmp_path: Path) -> Path:
    """A copy of the smallest layout."""
    shutil.copytree(small, tmp_path / "copy")
    return tmp_path / "copy"
