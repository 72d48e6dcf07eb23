"""A picture's likelihood is asked of the engine at the size it draws."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import InvalidInput
from app.generate.measure import Measuring
from tests.app.generate.files import file
from tests.app.generate.studio import FakeEngine

if TYPE_CHECKING:
    from app.domain.engine import Likelihood


def measured(**fields: Any) -> Likelihood:
    """Measure a red picture."""
    asked = {"content": file("red", (40, 20)), "prompt": "", "seed": 7, "num_probes": 3, **fields}
    return asyncio.run(Measuring(FakeEngine()).likelihood(**asked))


def test_the_engine_is_asked_for_the_picture_as_it_would_draw_it() -> None:
    """Another size is brought to the model's; seed and probes are the caller's."""
    found = measured()
    assert (found.value, found.standard_error, found.num_probes) == (1.0, 0.007, 3)


@pytest.mark.parametrize(("field", "value"), [("prompt", "x" * 4001), ("num_probes", 1), ("num_probes", 65)])
def test_what_cannot_be_measured_is_named(field: str, value: Any) -> None:
    """A prompt that is too long and a number of probes out of range are refused."""
    with pytest.raises(InvalidInput) as refusal:
        measured(**{field: value})
    assert refusal.value.field == field
