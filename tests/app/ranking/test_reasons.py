"""Reasons say only what the numbers carry."""

from app.domain.search import BranchHit
from app.ranking.reasons import Evidence, reasons


def codes(evidence: Evidence) -> list[str]:
    """Return the codes of the reasons given."""
    return [reason.code for reason in reasons(evidence)]


def hit(score: float) -> BranchHit:
    """Make a branch's first hit with this score."""
    return BranchHit(1, score)


BOTH = {"term": hit(7.5), "text": hit(0.713)}


def test_words_and_meaning_in_order_of_their_share() -> None:
    """The branch that gave more of the score is named first."""
    matched = {"title": ("red", "fox"), "text": ("red",)}
    term_first = Evidence("red fox", False, {"term": 0.5, "text": 0.3}, BOTH, matched)
    assert [reason.text for reason in reasons(term_first)] == [
        "The title has “red” and “fox”.",
        "Its meaning is close to “red fox” (similarity 0.71).",
    ]
    text_first = Evidence("red fox", False, {"term": 0.2, "text": 0.3}, BOTH, matched)
    assert codes(text_first) == ["meaning", "title_words"]


def test_the_field_that_says_most_is_named() -> None:
    """Title before tags before text."""
    found = {"text": ("fox",), "tags": ("fox",)}
    only_term = {"term": hit(3.0)}
    assert codes(Evidence("fox", False, {"term": 1.0}, only_term, found)) == ["tag_words"]
    assert codes(Evidence("fox", False, {"term": 1.0}, only_term, {"text": ("fox",)})) == ["text_words"]


def test_a_small_share_is_no_reason() -> None:
    """A branch that hardly moved the hit is not named, and neither is one that gave nothing."""
    matched = {"title": ("fox",)}
    assert codes(Evidence("fox", False, {"term": 0.9, "text": 0.1}, BOTH, matched)) == ["title_words"]
    assert codes(Evidence("fox", False, {"term": 0.5, "text": 0.0}, BOTH, matched)) == ["title_words"]


def test_words_that_were_not_found_are_not_claimed() -> None:
    """A term hit by n-grams alone claims likeness of spelling, and no word."""
    evidence = Evidence("foks", False, {"term": 1.0}, {"term": hit(1.0)}, {})
    assert [reason.text for reason in reasons(evidence)] == ["It has words spelled like “foks”."]


def test_an_exact_title_says_so_once() -> None:
    """The exact title stands for its words and comes first."""
    evidence = Evidence("Home", True, {"term": 0.5, "text": 0.5}, BOTH, {"title": ("home",)})
    assert [reason.text for reason in reasons(evidence)] == [
        "The title is exactly “Home”.",
        "Its meaning is close to “Home” (similarity 0.71).",
    ]


def test_likeness_names_the_other_item() -> None:
    """More like this names what it is like instead of a query."""
    evidence = Evidence("", False, {"text": 0.8}, {"text": hit(0.8)}, like="Anchor")
    assert [reason.text for reason in reasons(evidence)] == ["It is similar to “Anchor” (similarity 0.80)."]


def test_browsing_says_what_put_the_item_there() -> None:
    """Popularity where it is known, else newness, else that everything is listed."""
    browse = {"browse": hit(1.0)}
    popular = Evidence("", False, {"browse": 1.0}, browse, popularity=12.0, created_at=1.0)
    assert [(reason.code, reason.text) for reason in reasons(popular)] == [
        ("popular", "It is popular (popularity 12).")
    ]
    assert codes(Evidence("", False, {"browse": 1.0}, browse, created_at=1.0)) == ["newest"]
    assert codes(Evidence("", False, {"browse": 1.0}, browse)) == ["listed"]


def test_distance_is_told_in_metres_and_kilometres() -> None:
    """A place is so far away as it is; without a distance nothing is claimed."""
    near = {"region": hit(0.9)}
    told = {
        km: [r.text for r in reasons(Evidence("", False, {"region": 1.0}, near, distance_km=km))]
        for km in (0.003, 0.114, 1.21, 731.0, None)
    }
    assert told == {
        0.003: ["It is 10 m from here."],
        0.114: ["It is 110 m from here."],
        1.21: ["It is 1.2 km from here."],
        731.0: ["It is 731 km from here."],
        None: [],
    }
    assert codes(Evidence("", False, {"around": 1.0}, {"around": hit(1.0)})) == ["liked_around"]


def test_looks_and_own_vectors_say_to_what_they_are_near() -> None:
    """Near the words, the picture or vector that was sent, or the item to be like."""
    image, own = {"image": hit(0.31)}, {"vector:style": hit(0.5)}
    words = Evidence("red fox", False, {"image": 1.0}, image)
    assert reasons(words)[0].text == "It looks like “red fox” (similarity 0.31)."
    assert codes(Evidence("", False, {"image": 1.0}, image, picture=True)) == ["looks_like_picture"]
    assert codes(Evidence("", False, {"image": 1.0}, image, like="Bear")) == ["looks_like_item"]
    assert codes(Evidence("", False, {"vector:style": 1.0}, own)) == ["near_by_field"]
    like = Evidence("", False, {"vector:style": 1.0}, own, like="Bear")
    assert reasons(like)[0].text == "Its “style” vector is near that of “Bear” (score 0.50)."
