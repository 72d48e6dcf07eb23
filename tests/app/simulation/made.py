"""Makes a small world for the tests."""

from __future__ import annotations

from app.simulation.things import Thing
from app.simulation.world import World

STYLES = ("category line", "category solid")


def world(seed: int = 1) -> World:
    """Return animals in two styles, plain and as variants."""
    animals = ("horse", "zebra", "camel", "tiger")
    things = [
        Thing(
            f"{style}-{animal}{'-alt' * variant}",
            (animal, *["alt"] * variant),
            animal,
            (f"category {style}",),
        )
        for animal in animals
        for style in ("line", "solid")
        for variant in (0, 1)
    ]
    return World.make(sorted(things, key=lambda thing: thing.id), seed)
