"""Names the rows of the log: what can happen to a collection, in order, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a row says. The body of each is JSON; `key` is the id of what it is about."""

    ITEM_PUT = "item.put"  # body: Item.to_body(); key: item id
    ITEM_DELETE = "item.delete"  # body: {}; key: item id
    EVENT = "event"  # body: Event.to_body(); key: event id
    DEVICE = "device"  # body: {"user": str}; key: device id
    JOB = "job"  # body: Job.to_body(), the newest row of a key wins; key: job id
    PROFILE = "profile"  # body: {"said": the user's own words on their profile}; key: user id
    FORGET = "user.forget"  # body: {"user", "devices"} by digest; key: the digest of the user's id
    RANKER = "ranker"  # body: Order.to_body(), a decision about a package; key: its name
    SYNONYMS = "synonyms"  # body: Synonyms.to_body(), {} forgets the set; key: name of the set
    EXPERIMENT = "experiment"  # body: {"spec": …}, {} ends it; key: experiment name


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes kept beside the log under the SHA-256 of their content (hex)."""

    digest: str
    media_type: str
    content: bytes


class NewRow(NamedTuple):
    """A row to be appended, with the blobs that must be durable in the same commit.

    `erases` is a user whose words are taken out of all earlier rows in that commit; the row then
    also says, by their digests, which devices were the user's. `text` is the body as compact JSON for
    whoever has it already (`app.domain.bodies`). A tuple, for there are thousands in an append.
    """

    kind: Kind
    key: str
    body: Mapping[str, Any]
    blobs: tuple[Blob, ...] = ()
    erases: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What a commit took out of the log: events, links of devices, and the user's own profile."""

    num_events: int = 0
    devices: tuple[str, ...] = ()
    profile: bool = False


class LogRow(NamedTuple):
    """A durable row. `lsn` grows by commit order; `at` is seconds since the epoch, UTC."""

    lsn: int
    at: float
    kind: Kind
    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A caller's idempotency key with the digest of the request it stands for."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Appended:
    """The acknowledgement of one append: the LSN of its last row, and how many rows were new.

    `replayed` is True when the claim's key had been used by the same request before; then nothing
    was written and `lsn` is the LSN of that first time.
    """

    lsn: int
    num_rows: int
    replayed: bool = False
    erased: Erased | None = None
