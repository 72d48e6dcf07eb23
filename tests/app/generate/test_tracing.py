"""A picture of the collection is drawn as outlines, small whatever its size."""

from __future__ import annotations

from app.generate.develop import blob_of
from app.generate.encode import SVG
from app.generate.tracing import LONGEST, traced
from tests.app.generate.files import drawing, file


def test_outlines_have_the_picture_s_shape() -> None:
    """The viewBox is the picture's, or its shape at the largest size that is traced."""
    for size, box in (((40, 20), "0 0 40 20"), ((4 * LONGEST, LONGEST), f"0 0 {LONGEST} {LONGEST // 4}")):
        drawn = traced(blob_of("image/png", file("white", size)), transparent=False)
        assert drawn.media_type == SVG
        assert drawing(drawn.content).get("viewBox") == box


def test_paper_goes_when_it_is_not_wanted() -> None:
    """Blank paper is one rectangle, or nothing at all; what is outlines already stays as it is."""
    blank = blob_of("image/png", file("white"))
    assert [len(drawing(traced(blank, transparent=t).content)) for t in (False, True)] == [1, 0]
    drawn = traced(blank, transparent=False)
    assert traced(drawn, transparent=True) == drawn
