"""Draws the one tree of errors that use cases raise and `app.api.errors` turns into HTTP.

TrouvereError
├── InvalidInput      a value the caller sent is wrong; names the field
├── NotFound          the thing named does not exist
├── Conflict          it exists in a state that forbids the call (a reused idempotency key, say)
├── Expired           it existed, and is gone for good (a cursor)
├── TooLarge          the body or a part of it is over its limit
├── Unauthorized      a key is needed and none, or a wrong one, was given
├── Overloaded        a bounded queue is full; says when to come back
└── Unavailable       a part that the call needs is not ready or has failed
"""

from __future__ import annotations


class TrouvereError(Exception):
    """Root of everything this service raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(TrouvereError):
    """A value is wrong. `field` is its path in the caller's own terms: `filter.all[0].eq`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(TrouvereError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no {kind} has the id {key!r}")
        self.kind = kind
        self.key = key


class Conflict(TrouvereError):
    """The call contradicts what is already recorded."""


class Expired(TrouvereError):
    """The thing named existed and can no longer be had; ask again from the start."""


class TooLarge(TrouvereError):
    """`field` is over `limit_bytes`."""

    def __init__(self, field: str, limit_bytes: int) -> None:
        super().__init__(f"{field} is larger than the limit of {limit_bytes} bytes")
        self.field = field
        self.limit_bytes = limit_bytes


class Unauthorized(TrouvereError):
    """The call needs a key."""


class Overloaded(TrouvereError):
    """A bounded queue is full; the caller may come back after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(TrouvereError):
    """A part that the call needs is not ready, or is switched off."""
