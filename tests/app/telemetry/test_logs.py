"""Tests that log lines keep secrets out and can be read by machines."""

from __future__ import annotations

import json
import logging

from app.telemetry.logs import MASK, JsonLines, KeepSecrets


def record(message: str, *arguments: object) -> logging.LogRecord:
    """Return a log record."""
    return logging.LogRecord("app.x", logging.WARNING, __file__, 1, message, arguments, None)


def test_a_secret_never_reaches_a_line() -> None:
    """Secrets are masked in the message and in its arguments alike."""
    kept = record("key %s of s3cret-a", "s3cret-b")
    assert KeepSecrets(["s3cret-a", "s3cret-b", ""]).filter(kept)
    assert kept.getMessage() == f"key {MASK} of {MASK}"


def test_a_line_of_json_tells_time_level_logger_and_message() -> None:
    """JSON lines are one object each, whatever the message holds."""
    line = JsonLines().format(record("two\nlines %d", 7))
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("warning", "app.x", "two\nlines 7")


def test_an_error_comes_with_its_trace() -> None:
    """A logged exception is told in full."""
    try:
        raise ValueError("why")  # noqa: TRY301  # a trace is wanted
    except ValueError as error:
        failed = logging.LogRecord(
            "app.x", logging.ERROR, __file__, 1, "failed", (), (type(error), error, None)
        )
    assert "ValueError: why" in json.loads(JsonLines().format(failed))["error"]
