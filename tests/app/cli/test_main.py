"""Tests that the command line names its commands and refuses in words."""

from __future__ import annotations

import pytest

from app import __version__
from app.cli.main import COMMANDS, main, parser


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists each command with one sentence."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    for module in COMMANDS:
        assert module.NAME in shown
        assert module.HELP.endswith(".")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the release."""
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert __version__ in capsys.readouterr().out


def test_a_wrong_setting_is_named_and_ends_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of the environment that cannot be used is told by its name, without a trace."""
    monkeypatch.setenv("TROUVERE_QUEUE_LIMIT", "none")
    assert main(["serve", "--port", "0"]) == 2
    assert "queue_limit" in capsys.readouterr().err


def test_an_open_door_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Serving the network without a key needs to be said in words."""
    assert main(["serve", "--host", "0.0.0.0"]) == 2  # noqa: S104  # this is what is refused
    assert "allow_open" in capsys.readouterr().err


def test_an_unknown_training_kind_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    """`train` says what it can train."""
    with pytest.raises(SystemExit):
        main(["train", "parrot"])
    assert "autoencoder" in capsys.readouterr().err


def test_an_evaluation_that_cannot_be_made_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    """Too few pictures, an unknown model and a judge that is not there are named at once."""
    for option, value in (("count", "3"), ("model", "parrot"), ("judge", f"{tmp_path}/nowhere")):
        assert main(["evaluate", "generator", f"--{option}", value]) == 2
        assert capsys.readouterr().err.startswith(f"{option}: ")


def test_importing_a_folder_that_is_none_fails_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    """A folder without metadata is told, with exit status 1."""
    assert main(["import", f"{tmp_path}/nowhere", "--data", f"{tmp_path}/data"]) == 1
    assert "metadata.jsonl" in capsys.readouterr().err


def test_options_after_the_command_reach_it() -> None:
    """Each command reads its own options."""
    options = parser().parse_args(["serve", "--port", "9", "--catalog", "icons"])
    assert (options.port, options.catalog) == (9, "icons")
