"""Publishes what is known of what everybody did, as one record that is swapped whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from indexes.behavior.knowledge import Knowledge
from indexes.text.suggest import Completer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexes.behavior.activity import Activity
    from indexes.behavior.trending import Hot, Trends


@dataclass(frozen=True, slots=True)
class Crowd:
    """What branches recall by beside the collection; `activity` is live, all else is of one moment.

    `weights` are those of event types. `hot` are the items of the front page, found in the last
    `hot_window_s` seconds. `asked` completes with what several persons searched for.
    """

    activity: Activity
    weights: Mapping[str, float]
    knowledge: Knowledge = field(default_factory=Knowledge)
    trends: Trends | None = None
    hot: Sequence[Hot] = ()
    hot_window_s: float = 0.0
    asked: Completer = field(default_factory=Completer)
