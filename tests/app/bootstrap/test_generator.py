"""Tests that the generator is the one the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.bootstrap.generator import make_generator
from app.bootstrap.tools import open_tools
from app.bootstrap.views import open_views
from app.domain.errors import InvalidInput
from app.settings import Settings
from app.telemetry.metrics import GAUGES

if TYPE_CHECKING:
    from pathlib import Path


def test_names_decide(tmp_path: Path) -> None:
    """`none` is none, a shipped name is that model, an unknown one is refused with the known ones."""
    tools = open_tools(Settings(data=tmp_path, encoder="none"))
    views = open_views(tools)
    try:
        assert make_generator(Settings(data=tmp_path, model="none"), tools, views, None) is None
        made = make_generator(Settings(data=tmp_path), tools, views, None)
        assert made is not None
        assert made.client.model == "trouvere-icons"
        assert {f"trouvere_{name}" for name in made.readings()} <= set(GAUGES)
        with pytest.raises(InvalidInput, match="trouvere-icons") as caught:
            make_generator(Settings(data=tmp_path, model="parrot"), tools, views, None)
        assert caught.value.field == "model"
    finally:
        views.close()
        tools.close()
