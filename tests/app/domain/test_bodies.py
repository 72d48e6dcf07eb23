"""Tests that only what JSON has gets into the log."""

from __future__ import annotations

import json

import pytest

from app.domain.bodies import compact_json
from app.domain.errors import InvalidInput


def test_bodies_are_compact_and_keep_every_script() -> None:
    """No blanks between parts, and no escapes for what UTF-8 can say."""
    text = compact_json({"title": "图标 é", "tags": ["a", 1.5, True, None]})
    assert text == '{"title":"图标 é","tags":["a",1.5,true,null]}'
    assert json.loads(text)["title"] == "图标 é"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object(), "\ud800", {1, 2}])
def test_what_json_does_not_have_is_refused(bad: object) -> None:
    """NaN, infinities, objects and lone surrogates never reach the disk."""
    with pytest.raises(InvalidInput):
        compact_json({"value": bad})
