"""Units and their arms."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from app.experiments.assign import Assignment, Draw
from app.experiments.layers import allot
from app.experiments.specs import BUCKETS, Arm
from tests.app.experiments.made import experiment

if TYPE_CHECKING:
    from collections.abc import Callable

USERS = [f"user-{i}" for i in range(20_000)]


def by_kind(user: str) -> Callable[[str], str | None]:
    """Return what a request of this user says of its units."""
    return {"user": user}.get


def of(user: str) -> dict[str, str]:
    """Return the arms of a user in the layers below."""
    return {
        one.experiment.name: one.arm.name if one.arm else "both"
        for one in BOTH.find({"user": user, "session": "s"}.get)
    }


A = experiment("a", layer="shared", traffic=0.3)
B = experiment("b", layer="shared", traffic=0.5)
C = experiment("c", arms=(Arm("one", 1.0), Arm("two", 3.0)))
D = experiment("d", kind="interleave", unit="session")
HELD_A = allot({}, "a", A.num_buckets) or ()
HELD_B = allot({"a": HELD_A}, "b", B.num_buckets) or ()
EVERYTHING = tuple(range(BUCKETS))
BOTH = Assignment.of({"a": (A, HELD_A), "b": (B, HELD_B), "c": (C, EVERYTHING), "d": (D, EVERYTHING)})


def test_an_arm_is_the_same_for_ever() -> None:
    """These arms were written down once: a change of them would move every unit."""
    everybody = {"c": "two", "d": "both"}
    assert [of(user) for user in USERS[:5]] == [
        everybody,
        everybody | {"b": "control"},
        everybody | {"b": "treatment"},
        everybody | {"a": "treatment"},
        everybody | {"b": "treatment"},
    ]


def test_experiments_of_a_layer_never_meet() -> None:
    """A user is in at most one of them, and their shares are those that were asked for."""
    counts = Counter(name for user in USERS for name in of(user) if name in "ab")
    assert not any({"a", "b"} <= of(user).keys() for user in USERS)
    assert abs(counts["a"] / len(USERS) - 0.3) < 0.015
    assert abs(counts["b"] / len(USERS) - 0.5) < 0.015


def test_arms_follow_their_weights() -> None:
    """One part to three, within what chance allows."""
    share = np.mean([of(user)["c"] == "two" for user in USERS])
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / len(USERS))


def test_layers_know_nothing_of_each_other() -> None:
    """The arm in one layer tells nothing about the arm in the other."""
    pairs = [(of(user).get("b"), of(user)["c"]) for user in USERS]
    treated = [c == "two" for b, c in pairs if b == "treatment"]
    controls = [c == "two" for b, c in pairs if b == "control"]
    assert abs(np.mean(treated) - np.mean(controls)) < 4 * np.sqrt(0.75 * 0.25 * 4 / len(pairs))


def test_growing_traffic_moves_nobody() -> None:
    """Whoever was in an arm at 10 % is in the same arm at 40 % and at 100 %, though another came between."""
    small = experiment("a", layer="shared", traffic=0.1)
    seen: dict[str, str] = {}
    held: dict[str, tuple[int, ...]] = {"a": allot({}, "a", small.num_buckets) or ()}
    held["b"] = allot(held, "b", 3_000) or ()
    for num in (1_000, 4_000, 7_000):
        held["a"] = allot(held, "a", num) or ()
        assignment = Assignment.of({"a": (small, held["a"]), "b": (B, held["b"])})
        now: dict[str, str] = {}
        for user in USERS[:5_000]:
            for one in assignment.find(by_kind(user)):
                if one.experiment.name == "a" and one.arm is not None:
                    now[user] = one.arm.name
        assert now.items() >= seen.items()
        seen = now
    assert abs(len(seen) / 5_000 - 0.7) < 0.03


def test_a_request_without_the_unit_takes_part_in_nothing() -> None:
    """Without a user the layers of users are silent; that of sessions speaks."""
    found = BOTH.find({"session": "s"}.get)
    assert [(one.experiment.name, one.arm) for one in found] == [("d", None)]
    assert BOTH.find(lambda _: None) == []


def test_a_resting_arm_is_given_to_nobody() -> None:
    """Weight 0 means no unit, also for the last arm and the first."""
    for arms in ((Arm("on"), Arm("off", 0.0)), (Arm("off", 0.0), Arm("on"))):
        draw = Draw(experiment(arms=arms))
        assert {draw.arm(user).name for user in USERS[:2_000]} == {"on"}


def test_an_assignment_is_quick() -> None:
    """A layer takes less than ten microseconds of processor time (median of five thousand)."""
    one = Assignment.of({"c": (C, EVERYTHING)})
    took = []
    for user in USERS[:5_000]:
        unit = by_kind(user)
        started = time.thread_time_ns()
        one.find(unit)
        took.append(time.thread_time_ns() - started)
    assert np.median(took) < 10_000
