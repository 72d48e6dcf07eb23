"""Ways in which a service can answer."""

from __future__ import annotations

from app.evaluation.systems import patient, systems
from tests.app.evaluation.service import FakeService, way_of


def test_every_branch_fusion_and_named_ranker_is_a_way() -> None:
    """The service's own way first, then each branch with the others off, each fusion, each ranker."""
    told = systems(FakeService({}), ["learned@2"])
    assert [one.name for one in told] == [
        "default",
        "branch term",
        "branch text",
        "fusion rrf",
        "ranker learned@2",
    ]
    assert [way_of(one.body) for one in told] == ["default", "term", "text", "rrf", "learned@2"]
    assert told[0].body == {"branches": patient(["term", "text"])}
    assert {options["deadline_ms"] for one in told for options in one.body["branches"].values()} == {10_000}
    assert all(one.body["ranker"] == "none" for one in told[1:4])
