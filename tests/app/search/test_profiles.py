"""Profiles drawn up from acts, words and the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.search.people import look_up
from app.search.profiles import Profiles, draw_up
from indexes.behavior.changes import Act, Edit
from tests.app.search.crowds import NOW, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path


def test_a_profile_has_affinities_and_a_taste(tmp_path: Path) -> None:
    """Affinities are shares of what was done; the taste points where the liked vectors point together."""
    with shelf(tmp_path) as collection:
        known = crowd(("ann", "like", "a"), ("ann", "click", "c"), ("ann", "click", "unknown"))
        found = draw_up(look_up(known, "ann", None, None, NOW), known, collection)
        shares = {
            (one.field, one.value): (one.strength, one.num_with, one.num_items) for one in found.affinities
        }
        assert shares[("tags", "red")] == (0.75, 1, 2)
        assert shares[("attributes.size", "big")] == (1.0, 2, 2)
        assert found.taste is not None
        np.testing.assert_allclose(found.taste, np.array([3, 1, 0, 0]) / np.sqrt(10), atol=1e-6)


def test_a_profile_is_kept_until_something_changes(tmp_path: Path) -> None:
    """Acts and words make a new one; nothing else does."""
    with shelf(tmp_path) as collection:
        known, profiles = crowd(("ann", "click", "a")), Profiles()

        def drawn() -> object:
            return profiles.of(look_up(known, "ann", None, None, NOW), known, collection)

        first = drawn()
        assert drawn() is first
        known.activity.apply([Edit(2, "ann", {"tags": {"red": -1.0}})])
        second = drawn()
        assert second is not first
        known.activity.apply([Act(3, NOW, "click", "ann", None, None, "c", None)])
        assert drawn() is not second
