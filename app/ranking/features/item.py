"""Features of the item alone: what it is, how well liked, how new, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.definition import feature

if TYPE_CHECKING:
    from app.ranking.features.definition import Column
    from app.ranking.features.scene import Scene

DAY_S = 86_400.0
FRESH_DAYS = 30.0
EARTH_KM = 6_371.0088


@feature("item_popularity", "item")
def item_popularity(scene: Scene) -> Column:
    """The item's popularity as its owner gave it."""
    return scene.items.column("popularity")


@feature("item_age_days", "item", default=-1.0)
def item_age_days(scene: Scene) -> Column:
    """Days since the item was created; -1 where it does not say."""
    return np.maximum(scene.asked.at - scene.items.column("created_at"), 0.0) / DAY_S


@feature("item_freshness", "item", kind="share")
def item_freshness(scene: Scene) -> Column:
    """How new the item is: 1 when made now, halved about every three weeks."""
    age_s = np.maximum(scene.asked.at - scene.items.column("created_at"), 0.0)
    return np.exp(-age_s / (FRESH_DAYS * DAY_S))


@feature("item_has_picture", "item", kind="flag")
def item_has_picture(scene: Scene) -> Column:
    """Whether the item has a picture."""
    return scene.items.column("has_picture")


@feature("item_generated", "item", kind="flag")
def item_generated(scene: Scene) -> Column:
    """Whether the generator made the item."""
    return scene.items.column("is_generated")


@feature("item_title_chars", "item", kind="count")
def item_title_chars(scene: Scene) -> Column:
    """Characters of the item's title."""
    return scene.items.column("title_chars")


@feature("item_title_words", "item", kind="count")
def item_title_words(scene: Scene) -> Column:
    """Words of the item's title."""
    return scene.items.column("title_words")


@feature("item_tags", "item", kind="count")
def item_tags(scene: Scene) -> Column:
    """Tags of the item."""
    return scene.items.column("num_tags")


@feature("item_text_chars", "item", kind="count")
def item_text_chars(scene: Scene) -> Column:
    """Characters of the item's text, as a logarithm."""
    return np.log1p(scene.items.column("text_chars"))


@feature("item_distance_km", "item", default=-1.0)
def item_distance_km(scene: Scene) -> Column:
    """Kilometres between the caller and the item on a great circle; -1 where one of them says no place."""
    if scene.asked.near is None:
        return float("nan")
    lat, lon = np.radians(scene.asked.near)
    lats, lons = np.radians(scene.items.column("latitude")), np.radians(scene.items.column("longitude"))
    # haversine (Sinnott 1984)
    half = np.sin((lats - lat) / 2) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
