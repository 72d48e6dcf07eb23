"""The worker's loader opens a folder of the latent system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.worker.latent import load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_without_a_model_is_said_to_lack_it(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(FileNotFoundError, match=r"system\.json"):
        load(str(tmp_path))
