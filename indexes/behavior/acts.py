"""Holds acts in columns, each chained to the one before of the same person, item and session."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

END: Final = -1  # of a chain
CHAINS: Final = ("actor", "item", "session")
CODES: Final[Mapping[str, str]] = {
    "number": "q",  # which event of the log it was, counted from 1
    "at": "d",
    "type": "h",
    "actor": "i",
    "item": "i",
    "session": "i",
    "query": "i",
}
DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "q": np.dtype(np.int64),
    "d": np.dtype(np.float64),
    "h": np.dtype(np.int16),
    "i": np.dtype(np.int32),
}


class Chain:
    """For each act the one before with the same key, and for each key its newest act; by arrival."""

    def __init__(self) -> None:
        self.before = array("i")
        self._newest = array("i")

    def add(self, row: int, key: int) -> None:
        """Put the act of this row at the end of the key's chain; a negative key has none."""
        if key < 0:
            self.before.append(END)
            return
        while key >= len(self._newest):
            self._newest.append(END)
        self.before.append(self._newest[key])
        self._newest[key] = row

    def walk(self, key: int, limit: int) -> Iterator[int]:
        """Yield the rows of a key, the last to arrive first."""
        row = self._newest[key] if 0 <= key < len(self._newest) else END
        while row != END and limit > 0:
            yield row
            row = self.before[row]
            limit -= 1

    @classmethod
    def of(cls, keys: npt.NDArray[np.int32]) -> Chain:
        """Return the chain of a whole column at once."""
        chain = cls()
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        same = ranked[1:] == ranked[:-1]
        before = np.full(len(keys), END, np.int32)
        before[order[1:][same]] = order[:-1][same]
        before[keys < 0] = END
        newest = np.full(int(keys.max(initial=-1)) + 1, END, np.int32)
        known = keys >= 0
        newest[keys[known]] = np.flatnonzero(known)  # the last assignment wins: the newest row
        chain.before = array("i", before.tobytes())
        chain._newest = array("i", newest.tobytes())
        return chain


class Acts:
    """Columns of one length that only grow; about 46 bytes an act. Its owner guards it."""

    def __init__(self) -> None:
        self.columns: dict[str, array[Any]] = {name: array(code) for name, code in CODES.items()}
        self.chains = {name: Chain() for name in CHAINS}

    def __len__(self) -> int:
        return len(self.columns["number"])

    def add(self, number: int, at: float, kind: int, actor: int, item: int, session: int, query: int) -> None:
        """Add one act."""
        row, columns, chains = len(self), self.columns, self.chains
        columns["number"].append(number)
        columns["at"].append(at)
        columns["type"].append(kind)
        columns["actor"].append(actor)
        columns["item"].append(item)
        columns["session"].append(session)
        columns["query"].append(query)
        chains["actor"].add(row, actor)
        chains["item"].add(row, item)
        chains["session"].add(row, session)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return a copy of every column, (n,)."""
        return {name: np.array(column, DTYPES[CODES[name]]) for name, column in self.columns.items()}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Acts:
        """Return the acts that these columns hold, with their chains."""
        acts = cls()
        for name, code in CODES.items():
            acts.columns[name] = array(code, arrays[name].astype(DTYPES[code]).tobytes())
        acts.chains = {name: Chain.of(arrays[name].astype(np.int32)) for name in CHAINS}
        return acts
