"""What experiments make of a request."""

from __future__ import annotations

from app.domain.search import SearchRequest
from app.experiments.assign import Assignment
from app.experiments.decide import INTERLEAVED, Decision, decide
from app.experiments.specs import BUCKETS, Arm
from tests.app.experiments.made import experiment

EVERYTHING = tuple(range(BUCKETS))
ASKED = SearchRequest("horse", user="ann", session="s-1")


def test_without_experiments_the_request_is_handed_on() -> None:
    """Nothing runs, nothing changes, and the object is the same."""
    assert decide(Assignment(), ASKED, "r1") == Decision(ASKED)


def test_every_layer_adds_its_arm() -> None:
    """An experiment on users and one on requests both have their say, and both arms are told."""
    fusion = experiment("fusion", arms=(Arm("rrf", 1.0, {"fusion": "rrf"}), Arm("none", 0.0)))
    cut = experiment("cut", unit="request", arms=(Arm("none", 0.0), Arm("cut", 1.0, {"min_score": 0.2})))
    both = Assignment.of({"fusion": (fusion, EVERYTHING), "cut": (cut, EVERYTHING)})
    found = decide(both, ASKED, "r1")
    assert found.arms == {"fusion": "rrf", "cut": "cut"}
    assert (found.request.fusion, found.request.min_score) == ("rrf", 0.2)
    assert found.rival is None
    assert decide(both, SearchRequest("horse"), "r1").arms == {"cut": "cut"}


def test_a_draft_has_a_rival_in_which_other_layers_speak_too() -> None:
    """Both lists of an interleaving are asked for with what the other layers decided."""
    pair = experiment("pair", kind="interleave", arms=(Arm("a"), Arm("b", 1.0, {"fusion": "rrf"})))
    cut = experiment("cut", arms=(Arm("none", 0.0), Arm("cut", 1.0, {"min_score": 0.2})))
    found = decide(Assignment.of({"pair": (pair, EVERYTHING), "cut": (cut, EVERYTHING)}), ASKED, "r1")
    assert found.arms == {"pair": INTERLEAVED, "cut": "cut"}
    assert found.rival is not None
    assert (found.request.fusion, found.rival.fusion) == (None, "rrf")
    assert (found.request.min_score, found.rival.min_score) == (0.2, 0.2)
    assert found.salt == "pair"
