"""Tests the table of ids and ordinals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexes.ordinals import Ordinals

CHANGES = st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), max_size=30)


@given(CHANGES)
def test_ordinals_are_dense_kept_and_never_reused(changes: list[tuple[bool, str]]) -> None:
    """Each new life of an id gets the next number; alive, dump and restore agree with that history."""
    ordinals, living, given_out = Ordinals(), dict[str, int](), list[str]()
    for is_put, name in changes:
        if is_put:
            if name not in living:
                living[name] = len(given_out)
                given_out.append(name)
            assert ordinals.add(name) == living[name]
        else:
            assert ordinals.remove(name) == living.pop(name, None)
    restored = Ordinals()
    restored.restore(ordinals.dump(), ordinals.alive)
    for table in (ordinals, restored):
        assert {name: table.get(name) for name in "abcd"} == {name: living.get(name) for name in "abcd"}
        assert table.ids(range(len(table))) == given_out
        assert (len(table), table.num_alive) == (len(given_out), len(living))
        assert [i for i, alive in enumerate(table.alive) if alive] == sorted(living.values())
