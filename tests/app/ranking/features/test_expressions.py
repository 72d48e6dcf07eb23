"""Expressions of a configuration compute what they say, and nothing else gets in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ranking.features.expressions import MAX_FEATURES, parse_features, read_features
from app.ranking.features.listing import make_list
from tests.app.ranking.features.scenes import scene

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = make_list().names


def values(expression: str) -> list[float]:
    """Return what an expression gives the three items of a scene, unknown as -1."""
    own = parse_features([{"name": "own", "expression": expression, "default": -1.0}], KNOWN)
    return [float(v) for v in make_list(own.features).compute(scene(readings=own.readings))[:, -1]]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("item.price * 2 - 1", [7.0, -1.0, -1.0]),
        ("log1p(item_popularity)", [np.log1p(7), 0.0, 0.0]),
        ("max(item_title_words, 2)", [2.0, 2.0, 3.0]),
        ("min(abs(-item_tags), 1)", [1.0, 0.0, 0.0]),
        ("1 if item_title_words >= 2 else 0.5", [1.0, 0.5, 1.0]),
        ("item.family == 'Zoo'", [1.0, 0.0, 0.0]),
        ("item.family != 'Zoo'", [0.0, 1.0, 1.0]),
        ("item.styles == 'bold'", [1.0, 0.0, 0.0]),
        ("item.origin == 'generated'", [0.0, 0.0, 1.0]),
        ("item_tags / item_popularity", [2 / 7, -1.0, -1.0]),
        ("(item_title_words > 2) + title_coverage", [1.0, 0.0, 1.5]),
    ],
)
def test_expressions_are_the_arithmetic_they_look_like(expression: str, wanted: list[float]) -> None:
    """Attributes, features, comparison and choice work by candidate; what has no value is the default."""
    assert values(expression) == pytest.approx(wanted, rel=1e-6)


def test_a_feature_may_use_those_above_it() -> None:
    """The second feature reads the first; the other way round is refused."""
    first = {"name": "twice", "expression": "item_tags * 2"}
    second = {"name": "thrice", "expression": "twice + item_tags"}
    own = parse_features([first, second], KNOWN)
    assert make_list(own.features).compute(scene())[0, -1] == 6.0
    with pytest.raises(InvalidInput, match="'twice' is not known"):
        parse_features([second, first], KNOWN)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "item.__class__.__name__",
        "().__class__",
        "[item_tags for _ in range(9)]",
        "lambda: 1",
        "open('x')",
        "item_tags ** 9",
        "item_tags if",
        "eval('1')",
        "'text'",
        "True and False",
        "1 < item_tags < 3",
        "log1p()",
        "min(1, 2, 3)",
        "nobody_knows_this + 1",
        "1e999",
        "(" * 40 + "1" + ")" * 40 + " + " + "-" * 60 + "1",
        "f'{item_tags}'",
        "item_tags := 3",
        "query.price",
    ],
)
def test_whatever_is_not_arithmetic_is_refused_by_name(expression: str) -> None:
    """Calls, texts, powers, loops and unknown names end at load with the field that holds them."""
    with pytest.raises(InvalidInput) as caught:
        parse_features([{"name": "own", "expression": expression}], KNOWN)
    assert caught.value.field == "features_file.feature[0].expression"


@settings(max_examples=200, deadline=None)
@example("1E100")
@given(st.text(max_size=40))
def test_no_text_is_ever_run(text: str) -> None:
    """Any text is an expression of this language or refused, and never anything else."""
    try:
        own = parse_features([{"name": "own", "expression": text}], KNOWN)
    except InvalidInput:
        return
    assert np.isfinite(make_list(own.features).compute(scene(readings=own.readings))).all()


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"name": "own"}, ""),
        ({"name": "own", "expression": "1", "extra": 1}, ""),
        ({"name": "Own!", "expression": "1"}, ".name"),
        ({"name": "item_tags", "expression": "1"}, ".name"),
        ({"name": "own", "expression": "1", "default": "x"}, ".default"),
        ({"name": "own", "expression": "1", "version": 0}, ".version"),
        ({"name": "own", "expression": "1" * 501}, ".expression"),
        ("own", ""),
    ],
)
def test_entries_are_checked_field_by_field(entry: Any, field: str) -> None:
    """What is wrong with an entry is told by where it stands."""
    with pytest.raises(InvalidInput) as caught:
        parse_features([entry], KNOWN)
    assert caught.value.field == f"features_file.feature[0]{field}"


def test_files_are_toml_or_json_and_nothing_else(tmp_path: Path) -> None:
    """Both forms give the same features; a file that cannot be read, or is too long, is refused."""
    toml, body = tmp_path / "own.toml", {"feature": [{"name": "own", "expression": "item.price"}]}
    toml.write_text('[[feature]]\nname = "own"\nexpression = "item.price"\n')
    (tmp_path / "own.json").write_text(json.dumps(body))
    told = [read_features(path, KNOWN).features[0].to_body() for path in (toml, tmp_path / "own.json")]
    assert told[0] == told[1]
    (tmp_path / "long.json").write_text(json.dumps({"feature": [{}] * (MAX_FEATURES + 1)}))
    for name in ("missing.toml", "long.json"):
        with pytest.raises(InvalidInput) as caught:
            read_features(tmp_path / name, KNOWN)
        assert caught.value.field == "features_file"
