"""Gives things their public names: one decorator feeds validation, capabilities and the docs test."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

# Filled by the decorators while modules are defined, only read afterwards: kind → name → entry.
_REGISTRIES: dict[str, dict[str, Exported]] = {}


@dataclass(frozen=True, slots=True)
class Exported:
    """A public name, what it does in one sentence, and the thing itself."""

    name: str
    doc: str
    value: object


class UnknownNameError(ValueError):
    """A name that nothing was exported under; the message lists the names that exist."""


def exported(kind: str, name: str) -> Callable[[T], T]:
    """Give the decorated thing a stable public name among those of its kind.

    The first line of its docstring becomes its description. Raises ValueError when there is no
    docstring or when the name is taken.
    """

    def give(value: T) -> T:
        doc = (value.__doc__ or "").strip().partition("\n")[0]
        names = _REGISTRIES.setdefault(kind, {})
        if not doc:
            raise ValueError(f"{kind} {name!r} needs a docstring: its first line is published")
        if name in names:
            raise ValueError(f"{kind} {name!r} is already exported")
        names[name] = Exported(name, doc, value)
        return value

    return give


def registry(kind: str) -> Mapping[str, Exported]:
    """Everything of one kind that the modules imported so far have exported, read-only, by name."""
    return MappingProxyType(_REGISTRIES.get(kind, {}))


def find(kind: str, name: str) -> object:
    """Return the thing exported under a name. Raises UnknownNameError, which lists the known names."""
    names = registry(kind)
    if name not in names:
        raise UnknownNameError(f"unknown {kind} {name!r}; known: {', '.join(sorted(names))}")
    return names[name].value
