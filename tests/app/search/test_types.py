"""Records of a search know what they are."""

from app.search.types import Like, Prepared


def test_the_front_page_is_no_query_and_no_likeness() -> None:
    """Either one makes it a search."""
    assert Prepared().is_front_page
    assert not Prepared("fox").is_front_page
    assert not Prepared(like=Like(3, "fox")).is_front_page
