"""Tests that a command's options win over the environment, and only those that were given."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.options import add_data, settings

if TYPE_CHECKING:
    import pytest


def test_given_options_win_and_others_leave_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--data` wins over TROUVERE_DATA; without it the variable holds; fixed values win over both."""
    monkeypatch.setenv("TROUVERE_DATA", "from-environment")
    parser = argparse.ArgumentParser()
    add_data(parser)
    assert settings(parser.parse_args(["--data", "given"]), "data").data == Path("given")
    assert settings(parser.parse_args([]), "data").data == Path("from-environment")
    assert settings(parser.parse_args([]), model="none").model == "none"
