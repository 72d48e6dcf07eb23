"""What is deployed is a function of the decisions, in their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.rankers import (
    ACTIONS,
    CANARY,
    DEPLOY,
    FUSION,
    RANKER,
    ROLLBACK,
    SHADOW,
    Deployment,
    Order,
    PackageId,
    fold,
    newest,
)

A, B, C = PackageId("a", 1), PackageId("a", 2), PackageId("b", 1)


def told(*orders: Order) -> Deployment:
    """Return what these orders lead to for rankers."""
    return fold(orders, {}).get(RANKER, Deployment())


def test_a_rollback_brings_back_what_was_live_before() -> None:
    """Deploying two and rolling back twice ends at nothing; a third rollback changes nothing."""
    up = [Order(DEPLOY, A), Order(DEPLOY, C)]
    assert told(*up).live == C
    assert told(*up, Order(ROLLBACK, C)).live == A
    assert told(*up, Order(ROLLBACK, C), Order(ROLLBACK, A)) == Deployment()
    assert told(Order(ROLLBACK, A)) == Deployment()


def test_canaries_grow_end_and_become_live() -> None:
    """A canary has its share until it is set to nothing, deployed, or what is live is rolled back."""
    grown = told(Order(CANARY, B, percent=5), Order(CANARY, B, percent=50))
    assert (grown.canary, grown.percent) == (B, 50)
    assert told(Order(CANARY, B, percent=5), Order(CANARY, B, percent=0)).canary is None
    assert told(Order(CANARY, B, percent=5), Order(DEPLOY, B)) == Deployment(live=B, past=(None,))
    kept = told(Order(CANARY, B, percent=5), Order(DEPLOY, C))
    assert (kept.live, kept.canary, kept.percent) == (C, B, 5)


def test_shadows_watch_until_they_are_ended_or_deployed() -> None:
    """Several may watch at once, each once."""
    both = (Order(SHADOW, C), Order(SHADOW, A), Order(SHADOW, C))
    assert told(*both).shadows == (A, C)
    assert told(*both, Order(SHADOW, A, enabled=False)).shadows == (C,)
    assert told(*both, Order(DEPLOY, C)).shadows == (A,)


def test_fusion_and_rankers_are_decided_apart() -> None:
    """Deploying weights of fusion leaves the ranker alone."""
    roles = fold([Order(DEPLOY, A), Order(DEPLOY, C, FUSION)], {})
    assert (roles[RANKER].live, roles[FUSION].live) == (A, C)


@given(
    st.lists(
        st.builds(
            Order,
            st.sampled_from(ACTIONS),
            st.sampled_from((A, B, C)),
            st.sampled_from((RANKER, FUSION)),
            st.sampled_from((0.0, 10.0)),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_rows_replayed_in_parts_lead_to_the_same_state(orders: list[Order], cut: int) -> None:
    """Whatever the decisions, reading them back from rows and folding in two parts changes nothing."""
    rows = [(order.id.name, order.to_body()) for order in orders]
    read = [Order.from_row(key, body) for key, body in rows]
    assert fold(read[cut:], fold(read[:cut], {})) == fold(read, {})
    whole, direct = fold(read, {}), fold(orders, {})
    assert {role: one.live for role, one in whole.items()} == {role: one.live for role, one in direct.items()}


def test_the_newest_is_the_highest_version_of_a_name() -> None:
    """Ten comes after nine, and another name does not count."""
    ids = [PackageId("a", 9), PackageId("a", 10), PackageId("b", 11)]
    assert newest(ids, "a") == PackageId("a", 10)
    assert newest(ids, "c") is None
    assert str(PackageId("a", 10)) == "a@10"
