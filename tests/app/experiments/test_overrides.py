"""What an arm decides of a request."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.domain.search import BranchOptions, SearchRequest
from app.experiments.overrides import apply_override, check_override, decided

ASKED = SearchRequest("horse", branches={"term": BranchOptions(deadline_ms=50)}, fusion="convex")


def test_an_empty_override_changes_nothing() -> None:
    """The arm that decides nothing hands the very request on."""
    assert apply_override(ASKED, {}) is ASKED


def test_an_arm_wins_over_the_request() -> None:
    """What the arm names is the arm's; the rest of the request, and of a branch, stays as it was asked."""
    override = {"fusion": "rrf", "branches": {"term": {"weight": 2.0}, "text": {"enabled": False}}}
    found = apply_override(ASKED, override)
    assert found.fusion == "rrf"
    assert found.query == "horse"
    assert found.branches == {
        "term": BranchOptions(weight=2.0, deadline_ms=50),
        "text": BranchOptions(enabled=False),
    }


def test_what_was_asked_is_not_an_arm_s_to_decide() -> None:
    """A query, a user or a word that no search knows is refused by its path."""
    for name in ("query", "user", "limit", "colour"):
        with pytest.raises(InvalidInput) as caught:
            check_override({name: 1}, "arms[1].override")
        assert caught.value.field == f"arms[1].override.{name}"
    check_override({"fusion": "rrf", "branches": {}, "min_score": 0.1}, "arms[0].override")


def test_every_single_decision_has_a_path() -> None:
    """Branches are told option by option, everything else by name."""
    override = {"min_score": 0.2, "branches": {"term": {"weight": 2.0, "enabled": True}}}
    assert sorted(decided(override)) == ["branches.term.enabled", "branches.term.weight", "min_score"]
