"""What somebody usually likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ranking.reasons import Note
from app.search.branches.preference import PreferenceBranch
from app.search.types import Prepared
from indexes.behavior.changes import Edit
from tests.app.search.crowds import asking, crowd, shelf

if TYPE_CHECKING:
    from pathlib import Path


def test_values_and_taste_recall_together(tmp_path: Path) -> None:
    """What has the values and is near the taste comes first; a front page leaves out what was met."""
    with shelf(tmp_path) as collection:
        prepared = asking(crowd(("ann", "like", "a")), "ann")
        found = PreferenceBranch().recall(collection, prepared, 10, None)
        ids = collection.ids(found.ordinals)
        assert ids[0] == "b"
        assert "a" not in ids
        asked = asking(crowd(("ann", "like", "a")), "ann", Prepared(query="title"))
        again = PreferenceBranch().recall(collection, asked, 10, None)
        assert collection.ids(again.ordinals)[:2] == ["a", "b"]


def test_reasons_count_truly(tmp_path: Path) -> None:
    """What is often opened is told with the numbers, from the second item on."""
    with shelf(tmp_path) as collection:
        acts = [("ann", "click", "a"), ("ann", "click", "a"), ("ann", "click", "b"), ("ann", "click", "c")]
        prepared = asking(crowd(*acts), "ann", Prepared(query="title"))
        PreferenceBranch().recall(collection, prepared, 10, None)
        notes = prepared.notes["preference"]
        counts = (("num", "3"), ("of", "3"), ("field", "size"))
        assert notes[4] == Note("often_attribute", quoted=(("value", "big"),), plain=counts)


def test_own_words_stand_instead_of_acts(tmp_path: Path) -> None:
    """Somebody who says that they like green gets green, and is told that they said so."""
    with shelf(tmp_path) as collection:
        known = crowd()
        known.activity.apply([Edit(1, "ann", {"tags": {"green": 1.0}})])
        prepared = asking(known, "ann")
        assert PreferenceBranch().why_not(collection, prepared) is None
        found = PreferenceBranch().recall(collection, prepared, 10, None)
        assert collection.ids(found.ordinals) == ["e"]
        assert prepared.notes["preference"][4] == Note("profile_says", quoted=(("value", "green"),))


def test_it_says_why_it_has_nothing_to_do(tmp_path: Path) -> None:
    """Without a person, or for one of whom nothing is known, it is skipped."""
    with shelf(tmp_path) as collection:
        branch, known = PreferenceBranch(), crowd(("ann", "hide", "a"))
        assert branch.why_not(collection, asking(known, None)) == "it is not told who asks"
        assert branch.why_not(collection, asking(known, "ann")) is not None
