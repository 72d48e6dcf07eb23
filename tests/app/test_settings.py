"""Tests that settings are read from words and the environment, and that open doors are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings, is_loopback


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the surrounding shell reaches these tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TROUVERE_{name.upper()}", raising=False)


def test_the_environment_is_read_and_an_argument_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """TROUVERE_PORT sets the port unless the caller does."""
    monkeypatch.setenv("TROUVERE_PORT", "9000")
    assert Settings().port == 9000
    assert Settings(port=9001).port == 9001


def test_keys_are_separated_by_commas_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several keys stand in one variable; showing the settings shows none of them."""
    monkeypatch.setenv("TROUVERE_API_KEYS", "one-key, two-key,")
    settings = Settings()
    assert settings.keys == {"key-1": "one-key", "key-2": "two-key"}
    assert "one-key" not in repr(settings)


def test_keys_may_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """An object of JSON names each key's holder; what is no such object is refused without telling keys."""
    monkeypatch.setenv("TROUVERE_API_KEYS", '{"ann": "one-key", "ci": "two,key"}')
    assert Settings().keys == {"ann": "one-key", "ci": "two,key"}
    assert "one-key" not in repr(Settings())
    for text, why in (
        ('{"ann": "one-key"', "is none"),
        ('{"An n": "one-key"}', "no name"),
        ('{"anonymous": "one-key"}', "no name"),
        ('{"ann": ""}', "is empty"),
        ("one-key,one-key", "the same key"),
    ):
        monkeypatch.setenv("TROUVERE_API_KEYS", text)
        with pytest.raises(ValidationError, match=why):
            Settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "::"])  # noqa: S104  # this is what is refused
def test_listening_beyond_loopback_wants_a_key_or_words(host: str) -> None:
    """An open door to the network is refused unless it is asked for in words."""
    with pytest.raises(ValidationError, match="allow_open"):
        Settings(host=host)
    assert Settings(host=host, allow_open=True).host == host
    assert Settings.model_validate({"host": host, "api_keys": "k"}).host == host


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt setting is an error, not a default."""
    with pytest.raises(ValidationError, match="prot"):
        Settings.model_validate({"prot": 8080})


def test_the_log_is_a_file_in_the_data_folder_unless_a_url_says_otherwise() -> None:
    """The store's URL follows the data folder."""
    assert Settings(data=Path("d")).url == "sqlite:///d/trouvere.db"
    assert Settings(store_url="postgresql+psycopg://h/d").url == "postgresql+psycopg://h/d"


def test_loopback_is_told_from_the_rest() -> None:
    """localhost, 127.0.0.0/8 and ::1 are this machine."""
    assert [is_loopback(h) for h in ("localhost", "127.0.0.9", "::1", "192.168.1.1", "example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]
