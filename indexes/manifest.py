"""States in which format a collection is saved, and what a saved one holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from indexes.errors import DamagedSnapshot, UnsupportedFormat

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.dense.space import SpaceConfig

# 2: a space says what its vectors were made with; 3: a graph may have axes beside it
FORMAT_VERSION = 3
OLDEST_READABLE = 1
FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class SavedSpace:
    """A space on disk: where, of which shape and maker, and up to which LSN its vectors are complete."""

    directory: str
    dim: int
    metric: str
    lsn: int
    made_with: str = ""

    def fits(self, config: SpaceConfig) -> bool:
        """Return whether a space with these settings can go on with the saved vectors."""
        saved = (self.dim, self.metric, self.made_with)
        return saved == (config.dim, config.metric, config.made_with)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a saved collection; `analysis` names the token rules its terms were made by."""

    lsn: int
    num_items: int
    num_ordinals: int
    analysis: int
    spaces: dict[str, SavedSpace]

    def write(self, directory: Path) -> None:
        """Write the manifest into the directory, with the format's version."""
        body = {"format": FORMAT_VERSION, **asdict(self)}
        (directory / FILE_NAME).write_text(json.dumps(body, indent=1, sort_keys=True))

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """Read it back; raises UnsupportedFormat, and DamagedSnapshot when it is no manifest."""
        try:
            body = json.loads((directory / FILE_NAME).read_text())
            version = int(body.pop("format"))
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise DamagedSnapshot(f"no manifest can be read: {error}") from error
        if not OLDEST_READABLE <= version <= FORMAT_VERSION:
            raise UnsupportedFormat(version, OLDEST_READABLE, FORMAT_VERSION)
        try:
            spaces = {name: SavedSpace(**saved) for name, saved in body.pop("spaces").items()}
            return cls(**body, spaces=spaces)
        except (TypeError, KeyError, AttributeError) as error:
            raise DamagedSnapshot(f"the manifest is incomplete: {error}") from error
