"""Knows under which keys a person acted: as a user, on devices, in sessions."""

from __future__ import annotations


def user_key(user: str) -> str:
    """Return the key of what a user did by name."""
    return f"u:{user}"


def device_key(device: str) -> str:
    """Return the key of what was done on a device by nobody named."""
    return f"d:{device}"


def session_key(session: str) -> str:
    """Return the key of what was done in a session, neither user nor device being named."""
    return f"s:{session}"


def key_of(user: str | None, device: str | None, session: str | None) -> str | None:
    """Return the key of an act: the most certain of what was told, None when nothing was."""
    if user is not None:
        return user_key(user)
    if device is not None:
        return device_key(device)
    return None if session is None else session_key(session)


class Identities:
    """Devices and whose they are: the last link counts, for everything that was ever done on them."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}  # user by device
        self._devices: dict[str, set[str]] = {}  # by user

    def link(self, device: str, user: str) -> None:
        """Say whose a device is."""
        before = self.owners.get(device)
        if before is not None:
            self._devices[before].discard(device)
        self.owners[device] = user
        self._devices.setdefault(user, set()).add(device)

    def forget(self, user: str) -> None:
        """Unlink every device of the user."""
        for device in self._devices.pop(user, ()):
            del self.owners[device]

    def users(self) -> set[str]:
        """Return the users that had a device."""
        return set(self._devices)

    def devices(self, user: str) -> set[str]:
        """Return the devices of a user."""
        return set(self._devices.get(user, ()))

    def keys(self, user: str | None, device: str | None, session: str | None) -> tuple[str, ...]:
        """Return all keys of the person that a request names."""
        owner = user if user is not None else self.owners.get(device or "")
        keys = [] if owner is None else [user_key(owner), *map(device_key, sorted(self.devices(owner)))]
        if device is not None and self.owners.get(device, owner) == owner:  # not somebody else's
            keys.append(device_key(device))
        if session is not None:
            keys.append(session_key(session))
        return tuple(dict.fromkeys(keys))

    def keys_beside(self, key: str | None, session: str) -> tuple[str, ...]:
        """Return all keys of whoever acted in a session under this key."""
        if key is not None and key.startswith("u:"):
            return self.keys(key[2:], None, session)
        if key is not None and key.startswith("d:"):
            return self.keys(None, key[2:], session)
        return self.keys(None, None, session)

    def person(self, key: str) -> str:
        """Return the key that stands for the whole person: a linked device's is its user's."""
        owner = self.owners.get(key[2:]) if key.startswith("d:") else None
        return key if owner is None else user_key(owner)
