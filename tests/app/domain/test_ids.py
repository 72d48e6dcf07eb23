"""Names of requests are unlike each other, within a draw and across draws."""

from __future__ import annotations

from itertools import islice

from app.domain.ids import DRAWN, random_ids


def test_no_name_comes_twice() -> None:
    """Several draws give as many different names of 32 hexadecimal digits, and so does another source."""
    names = [*islice(random_ids(), 3 * DRAWN + 1), *islice(random_ids(), DRAWN)]
    assert len(set(names)) == 4 * DRAWN + 1
    assert all(len(bytes.fromhex(name)) == 16 for name in names)
