"""Keeps which words mean the same, and finds what the words of a query may be replaced by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgpack

from indexes.errors import DamagedSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from indexes.text.analyzer import Analyzer

FILE = "synonyms.msgpack"
MAX_ALTERNATIVES = 50  # of one query

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SynonymSet:
    """Words or short phrases of one meaning. With `to` each of `words` also means those, not the reverse."""

    words: tuple[str, ...]
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Stems in a row that may stand for these of the query's, and how they are written."""

    sources: Stems
    stems: Stems
    surface: str


@dataclass(frozen=True, slots=True)
class _State:
    """What readers pin: the sets by name, and the alternatives by the stems that they stand for."""

    sets: Mapping[str, SynonymSet]
    table: Mapping[Stems, tuple[tuple[Stems, str], ...]]
    longest: int


class Synonyms:
    """Sets of synonyms by name. One writer; any thread reads, without a lock."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._state = _State({}, {}, 0)

    @property
    def sets(self) -> Mapping[str, SynonymSet]:
        """Return every set by name: a state that never changes."""
        return self._state.sets

    def put(self, name: str, synonyms: SynonymSet) -> None:
        """Keep a set under this name, instead of any before."""
        self._become({**self._state.sets, name: synonyms})

    def remove(self, name: str) -> None:
        """Forget the set of this name, if there is one."""
        self._become({known: one for known, one in self._state.sets.items() if known != name})

    def alternatives(self, stems: Sequence[str]) -> tuple[Alternative, ...]:
        """Return what stretches of a query's stems, in order and stop words too, may be replaced by."""
        state = self._state
        found: list[Alternative] = []
        for start in range(len(stems) if state.table else 0):
            for end in range(start + 1, min(start + state.longest, len(stems)) + 1):
                sources = tuple(stems[start:end])
                others = state.table.get(sources, ())
                found += [Alternative(sources, other, surface) for other, surface in others]
        return tuple(dict.fromkeys(found))[:MAX_ALTERNATIVES]

    def _become(self, sets: Mapping[str, SynonymSet]) -> None:
        table: dict[Stems, dict[Stems, str]] = {}
        for name in sorted(sets):
            one = sets[name]
            for source in map(self._stems, one.words):
                for target in one.to or one.words:
                    stems = self._stems(target)
                    if stems != source and stems and source:
                        table.setdefault(source, {}).setdefault(stems, target)
        flat = {source: tuple(targets.items()) for source, targets in table.items()}
        self._state = _State(dict(sets), flat, max(map(len, flat), default=0))

    def _stems(self, text: str) -> Stems:
        return tuple(word.stem for word in self._analyzer.words(text))

    def rows(self) -> Iterable[tuple[str, list[str], list[str]]]:
        """Yield (name, words, to) by name: equal sets give equal rows."""
        sets = self._state.sets
        return ((name, list(sets[name].words), list(sets[name].to)) for name in sorted(sets))

    def save(self, directory: Path) -> None:
        """Write every set into an existing directory."""
        (directory / FILE).write_bytes(msgpack.packb(list(self.rows())))

    def restore(self, directory: Path) -> None:
        """Become what `save` wrote; without such a file, as older snapshots are, there are no synonyms.

        Raises DamagedSnapshot.
        """
        path = directory / FILE
        try:
            rows = msgpack.unpackb(path.read_bytes()) if path.exists() else []
            self._become({name: SynonymSet(tuple(words), tuple(to)) for name, words, to in rows})
        except (OSError, ValueError, TypeError) as error:
            raise DamagedSnapshot(f"synonyms cannot be read: {error}") from error
