"""What learning in the background promises."""

from __future__ import annotations

from app.ingest.learning import Learning, LearningPolicy
from indexes.behavior.activity import Activity
from indexes.behavior.changes import Act, Forget, name_digest

WEIGHTS = {"click": 1.0}
POLICY = LearningPolicy(least_events=4, links_s=10, trends_s=1, rest=0, poll_s=0.01)


class Clock:
    """Stands still until told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def acted(activity: Activity, *pairs: tuple[str, str], query: str | None = None) -> None:
    """Have users click items."""
    start = activity.lsn + 1
    acts = enumerate(pairs, start)
    activity.apply([Act(lsn, 0.0, "click", user, None, None, item, query) for lsn, (user, item) in acts])


def test_it_learns_what_is_due_and_publishes_it_whole() -> None:
    """Trends follow news after a second, links after enough events; an older crowd stays as it was."""
    activity, clock = Activity(), Clock()
    learning = Learning(activity, WEIGHTS, lambda: 0.0, clock, POLICY)
    empty = learning.crowd
    acted(activity, ("ann", "x"), ("ben", "x"), query="red horse")
    learning.look()
    first = learning.crowd
    assert [hot.text for hot in first.hot] == ["x"]
    assert [one.text for one in first.asked.complete("ho", 5)] == ["red horse"]
    assert first.knowledge.model is None
    acted(activity, ("ann", "y"), ("ben", "y"), ("cleo", "x"))
    learning.look()
    assert learning.crowd.hot == first.hot, "a second has not passed"
    assert learning.crowd.knowledge.items == ["x", "y"]
    clock.now = 1.0
    learning.look()
    assert [hot.text for hot in learning.crowd.hot] == ["x", "y"]
    assert (empty.hot, first.knowledge.model) == ((), None)


def test_what_was_forgotten_is_learnt_away() -> None:
    """After forgetting, neither trends nor links nor completion know the person's acts."""
    activity = Activity()
    learning = Learning(activity, WEIGHTS, lambda: 0.0, Clock(), POLICY)
    acted(activity, ("ann", "x"), ("ann", "y"), ("ann", "z"), ("ben", "x"), ("ben", "y"), query="q")
    learning.look()
    assert "z" in learning.crowd.knowledge.items
    activity.apply([Forget(6, name_digest("ann"))])
    learning.look()
    assert "z" not in learning.crowd.knowledge.items
    assert [hot.text for hot in learning.crowd.hot] == ["x", "y"]
    assert learning.crowd.asked.complete("q", 5) == []


def test_the_thread_learns_until_it_is_stopped() -> None:
    """What happens while it runs is learnt without being asked."""
    activity = Activity()
    learning = Learning(activity, WEIGHTS, lambda: 0.0, Clock(), POLICY)
    acted(activity, ("ann", "x"))
    learning.start()
    for _ in range(1_000):
        if learning.crowd.hot:
            break
        learning._stopping.wait(0.005)
    learning.stop()
    assert [hot.text for hot in learning.crowd.hot] == ["x"]
