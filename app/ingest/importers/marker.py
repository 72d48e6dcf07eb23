"""Remembers on disk that an import ran to its end, so that a restart need not compare everything again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
OLDEST_READABLE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """A small file; whatever is wrong with it counts as no marker, and the import runs again."""

    path: Path

    def holds(self, fingerprint: str) -> bool:
        """Tell whether the import with this fingerprint has run to its end."""
        try:
            body = json.loads(self.path.read_text(encoding="utf-8"))
            version, kept = int(body["version"]), body["fingerprint"]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return OLDEST_READABLE_VERSION <= version <= FORMAT_VERSION and kept == fingerprint

    def leave(self, fingerprint: str) -> None:
        """Write the marker, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(
            json.dumps({"version": FORMAT_VERSION, "fingerprint": fingerprint}), encoding="utf-8"
        )
        partial.replace(self.path)
