"""Tests that long work shows how far it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.cli.progress import progress_bar

if TYPE_CHECKING:
    import pytest


def test_the_last_line_tells_everything_done(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar ends at the total, with its label."""
    with progress_bar("import") as progress:
        for done in (10, 20, 40):
            progress(done, 40)
    shown = capsys.readouterr().err
    assert "import" in shown
    assert re.search(r"100%.*40/40", shown)
