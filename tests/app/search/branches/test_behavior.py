"""What goes with what somebody did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.ranking.reasons import Note
from app.search.branches.behavior import BehaviorBranch
from app.search.types import Like, Prepared
from indexes.behavior.knowledge import learn_from
from tests.app.search.crowds import WEIGHTS, asking, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path

CROWD = (
    ("u1", "click", "a"),
    ("u1", "click", "e"),
    ("u2", "click", "a"),
    ("u2", "click", "e"),
    ("u3", "click", "a"),
    ("u3", "click", "d"),
    ("ann", "click", "a"),
)


def test_links_come_first_then_what_means_the_same(tmp_path: Path) -> None:
    """What the crowd links is best, with the seed as the reason; learnt or fresh, the order is the same."""
    with shelf(tmp_path) as collection:
        known = crowd(*CROWD)
        for one in (known, replace(known, knowledge=learn_from(known.activity, WEIGHTS))):
            prepared = asking(one, "ann")
            found = BehaviorBranch().recall(collection, prepared, 10, None)
            assert collection.ids(found.ordinals) == ["e", "d", "b"]
            assert found.scores[0] > found.scores[1] > found.scores[2]
            notes = prepared.notes["behavior"]
            assert notes[4] == notes[3] == Note("because_opened", quoted=(("item", "title a"),))
            assert notes[1].code == "like_opened"


def test_the_mask_is_honoured_and_dislikes_count_against(tmp_path: Path) -> None:
    """Masked items do not come back, nor does anything linked to what was hidden before the rest."""
    with shelf(tmp_path) as collection:
        known = crowd(*CROWD, ("ann", "hide", "e"))
        prepared = asking(replace(known, knowledge=learn_from(known.activity, WEIGHTS)), "ann")
        mask = np.array([True, True, True, False, False])
        found = BehaviorBranch().recall(collection, prepared, 10, mask)
        assert set(collection.ids(found.ordinals)) == {"b"}


def test_an_item_to_be_like_stands_for_a_person(tmp_path: Path) -> None:
    """Like an item means linked to it, and the reason names it."""
    with shelf(tmp_path) as collection:
        prepared = asking(crowd(*CROWD), None, Prepared(like=Like(0, "title a")))
        found = BehaviorBranch().recall(collection, prepared, 10, None)
        assert collection.ids(found.ordinals)[0] == "e"
        assert prepared.notes["behavior"][4].code == "opened_together"


def test_it_says_why_it_has_nothing_to_do(tmp_path: Path) -> None:
    """Without a crowd, or for somebody who did nothing, it is skipped."""
    with shelf(tmp_path) as collection:
        branch = BehaviorBranch()
        assert branch.why_not(collection, Prepared()) == "nobody's actions are followed here"
        assert branch.why_not(collection, asking(crowd(*CROWD), "new")) is not None
        assert branch.why_not(collection, asking(crowd(*CROWD), "ann")) is None
