"""Tests completion."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.text.suggest import MIN_MERGE, Completer, Completion, Suggester

TITLES = st.sampled_from(["Horse", "horse", "Hair dryer", "hot air", "dry horse", "Café", ""])


def test_whole_titles_come_first_then_weight() -> None:
    """A title that begins so stands before one with a later word; frequent and popular ones lead."""
    completer = Completer()
    for title, popularity in (("dryer", None), ("dry ice", 5.0), ("hair dryer", 9.0), ("Dryer", None)):
        completer.add(title, popularity)
    assert completer.complete("DRY", 10) == [
        Completion("dry ice", 6.0),
        Completion("Dryer", 2.0),
        Completion("hair dryer", 10.0),
    ]
    assert completer.complete("dry", 1) == [Completion("dry ice", 6.0)]


def test_diacritics_need_not_be_typed() -> None:
    """What is typed plain completes to what is written with marks, shown as written."""
    completer = Completer()
    completer.add("Grüner Café")
    assert [c.text for c in completer.complete("cafe", 3)] == ["Grüner Café"]
    assert [c.text for c in completer.complete("grüner c", 3)] == ["Grüner Café"]


def test_nothing_completes_nothing() -> None:
    """An empty beginning, a limit of none, and endless titles give nothing."""
    completer = Completer()
    completer.add("a" * 500)
    completer.add("")
    completer.remove("never added")
    assert completer.complete("", 5) == []
    assert completer.complete("a", 5) == []
    assert completer.complete("a", 0) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(TITLES, max_size=12), st.lists(TITLES, max_size=6), st.sampled_from(["h", "dry", "caf"]))
def test_tables_and_changes_agree_with_a_count(first: list[str], second: list[str], prefix: str) -> None:
    """Wherever phrases are held, completions are those of the titles that are there."""
    plain, merged = Completer(), Completer()
    for number in range(MIN_MERGE + 1):
        merged.add(f"zz{number}")
    for title in first:
        plain.add(title)
        merged.add(title)
    merged.merge()
    assert merged._changed == set()
    left = Counter(first)
    for title in second:
        for completer in (plain, merged):
            if left[title]:
                completer.remove(title)
            else:
                completer.add(title)
        left[title] += -1 if left[title] else 1
    assert merged.complete(prefix, 3) == plain.complete(prefix, 3)
    shown = {c.text.casefold() for c in plain.complete(prefix, 10)}
    assert shown == {
        t.casefold()
        for t in left
        if left[t] and (f" {t}".casefold().replace("é", "e").find(f" {prefix}") >= 0)
    }


def test_suggester_speaks_for_both() -> None:
    """Completion and correction are had from one place."""
    completer = Completer()
    completer.add("horse")
    suggester = Suggester(completer, {"hosre": "horse"}.get)
    assert suggester.complete("ho", 1) == [Completion("horse", 1.0)]
    assert suggester.correct("hosre") == "horse"
    assert suggester.correct("horse") is None
