"""Names what can change in a view of activity, in the order of the log."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class Act(NamedTuple):
    """Somebody did something; `at` is seconds since the epoch, UTC. A tuple, for there are millions."""

    lsn: int
    at: float
    type: str
    user: str | None
    device: str | None
    session: str | None
    item: str | None
    query: str | None


class Blank(NamedTuple):
    """An event stood here whose words were taken out of the log; it still counts as one."""

    lsn: int


class Link(NamedTuple):
    """A device is a user's, with everything that was done on it, before too."""

    lsn: int
    device: str
    user: str


class Edit(NamedTuple):
    """A user's own words on their profile, instead of any before."""

    lsn: int
    user: str
    profile: Mapping[str, Any]


class Forget(NamedTuple):
    """Everything goes of the user, and of the devices, whose names have these digests (`name_digest`)."""

    lsn: int
    user: str
    devices: tuple[str, ...] = ()


ActivityChange: TypeAlias = Act | Blank | Link | Edit | Forget


def name_digest(user: str) -> str:
    """Return what a name is told by once the name itself may not be kept: its SHA-256 (hex)."""
    return sha256(user.encode()).hexdigest()
