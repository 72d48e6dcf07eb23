"""Writes log lines as text or JSON, and keeps keys out of them."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MASK = "•••"


class KeepSecrets(logging.Filter):
    """Masks every known secret in a record's message before anyone writes it."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record pass."""
        message = record.getMessage()
        for secret in self._secrets:
            message = message.replace(secret, MASK)
        record.msg, record.args = message, None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the trace of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: str, form: str, secrets: Sequence[str]) -> None:
    """Send every logger of this process to standard error in one form."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else text)
    handler.addFilter(KeepSecrets(secrets))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
