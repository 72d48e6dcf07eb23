"""A feature is declared once, under a name that is public from then on."""

from __future__ import annotations

import pytest

from app.ranking.features.definition import Feature, declared, feature
from models.exported import registry


def test_every_declared_feature_has_its_public_name_and_what_it_says() -> None:
    """What is computed is what capabilities tell, in name order, each with a sentence."""
    names = [one.name for one in declared()]
    assert names == sorted(registry("features"))
    assert all(registry("features")[name].doc.endswith(".") for name in names)


def test_a_name_is_declared_once() -> None:
    """A second feature of a name is refused, and changes nothing of the first."""
    before = declared()
    with pytest.raises(ValueError, match="already exported"):
        feature("item_popularity", "item")(popularity_again)
    assert declared() == before


def test_what_identifies_a_feature_changes_with_what_it_means() -> None:
    """Version, default and expression are part of it; what computing it costs is not."""
    one = Feature("a", "own", "number", 1, 0.0, "cheap", lambda _: 0.0, "1 + 1")
    same = Feature("a", "own", "number", 1, 0.0, "costly", lambda _: 0.0, "1 + 1")
    other = Feature("a", "own", "number", 1, 0.0, "cheap", lambda _: 0.0, "1 + 2")
    assert one.to_body() == same.to_body() != other.to_body()


def popularity_again(_: object) -> float:
    """Say the same again."""
    return 1.0
