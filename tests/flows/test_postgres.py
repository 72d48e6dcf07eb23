"""Tests the service over PostgreSQL as a client sees it, where there is one to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.store.postgres import NoPostgres
from tests.app.store.postgres import serving as postgres
from tests.flows.test_items import encoded, picture
from tests.flows.test_processes import stats, until_found
from tests.flows.test_recall import ONLY_WORDS, ask, ids, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.app.store.postgres import Server
    from tests.flows.service import Service


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the test's own."""
    try:
        with postgres() as running:
            yield running
    except NoPostgres as reason:
        pytest.skip(str(reason))


def test_one_url_moves_the_log_to_postgresql(
    serving: Callable[..., Service], server: Server, tmp_path: Path
) -> None:
    """Items, pictures and events live in the server; two hosts' processes share them; no password is told."""
    url = server.url.replace("postgres@", "postgres:s3cret@")
    one = serving(data=tmp_path / "one", store_url=url, **ONLY_WORDS)
    put(one, "fox", title="Red fox", image=encoded(picture()))
    assert one.client.post("/v1/events", json={"type": "like", "user": "ann", "item": "fox"}).is_success
    assert server.ask("SELECT id FROM documents") == [("fox",)]
    assert not (tmp_path / "one" / "trouvere.db").exists()
    two = serving(data=tmp_path / "two", store_url=url, **ONLY_WORDS)  # another machine's folder
    assert ids(ask(two, query="fox")) == ["fox"]
    two.client.put("/v1/items/bear", json={"title": "Brown bear"})
    assert until_found(one, "bear", ["bear"]) < 1
    assert two.client.get("/v1/items/fox/image").content == picture()
    assert one.stop() == 0
    again = serving(data=tmp_path / "one", store_url=url, **ONLY_WORDS)
    assert (stats(again)["items"], ids(ask(again, query="bear"))) == (2, ["bear"])
    assert not any("s3cret" in line for service in (one, two, again) for line in service.said)
