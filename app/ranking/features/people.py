"""Features of who asks, when and from what: tastes, what was touched before, hour and device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.features.definition import feature

if TYPE_CHECKING:
    from app.ranking.features.definition import Column
    from app.ranking.features.scene import Scene

DAY_S = 86_400.0
HOUR_S = 3_600.0
UNKNOWN = float("nan")


@feature("user_known", "person", kind="flag", cost="free")
def user_known(scene: Scene) -> float:
    """Whether the caller named a user."""
    return float(scene.asked.user is not None)


@feature("user_affinity", "person")
def user_affinity(scene: Scene) -> Column:
    """How well the item fits what this person liked before."""
    return UNKNOWN if scene.person.affinity is None else scene.person.affinity


@feature("user_clicks", "person", kind="count")
def user_clicks(scene: Scene) -> Column:
    """How often this person clicked the item before."""
    return UNKNOWN if scene.person.clicks is None else scene.person.clicks


@feature("user_shown", "person", kind="count")
def user_shown(scene: Scene) -> Column:
    """How often this person was shown the item before."""
    return UNKNOWN if scene.person.shown is None else scene.person.shown


@feature("user_recency", "person", kind="share")
def user_recency(scene: Scene) -> Column:
    """How lately this person touched the item: 1 for now, about a third after a day, 0 for never."""
    return UNKNOWN if scene.person.recency_s is None else np.exp(-scene.person.recency_s / DAY_S)


@feature("trend_score", "trend")
def trend_score(scene: Scene) -> Column:
    """How hot the item is just now."""
    return UNKNOWN if scene.person.trend is None else scene.person.trend


@feature("hour_sin", "context", cost="free")
def hour_sin(scene: Scene) -> float:
    """Sine of the hour of the day, UTC, once around in 24 hours."""
    return math.sin(2 * math.pi * (scene.asked.at % DAY_S) / DAY_S)


@feature("hour_cos", "context", cost="free")
def hour_cos(scene: Scene) -> float:
    """Cosine of the hour of the day, UTC, once around in 24 hours."""
    return math.cos(2 * math.pi * (scene.asked.at % DAY_S) / DAY_S)


@feature("device_phone", "context", kind="flag", cost="free")
def device_phone(scene: Scene) -> float:
    """Whether the caller is on a phone or a tablet."""
    return float(scene.asked.device_kind == "phone")


@feature("device_desktop", "context", kind="flag", cost="free")
def device_desktop(scene: Scene) -> float:
    """Whether the caller is at a desktop browser."""
    return float(scene.asked.device_kind == "desktop")
