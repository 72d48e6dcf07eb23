"""Puts a collection into a service and asks it queries, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.client.ordered import check_ordered
from app.client.serving import wait
from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from app.client.http import Client

    Tell = Callable[[int, int], None]

PAGE = 200
DEPTH = 1_000
BATCH = 1_000
MEANING_S = 7_200.0


def put_items(client: Client, items: Sequence[Mapping[str, Any]], tell: Tell) -> None:
    """Write items. Raises Unavailable when the service rejects one."""
    for start in range(0, len(items), BATCH):
        answer = client.send_lines("/v1/items:batch", items[start : start + BATCH])
        if answer["rejected"]:
            raise Unavailable(f"the service rejects an item: {answer['rejected'][0]}")
        tell(min(start + BATCH, len(items)), len(items))


def await_meaning(client: Client, tell: Tell) -> None:
    """Return when everything written can be found by words and by meaning."""

    def caught_up() -> bool:
        stats = client.ask("GET", "/v1/stats")
        tell(stats["vectors_lsn"], stats["log_lsn"])
        return bool(min(stats["applied_lsn"], stats["vectors_lsn"]) >= stats["log_lsn"])

    wait(caught_up, MEANING_S, "the text vectors")


def ranked(client: Client, body: Mapping[str, Any], depth: int = DEPTH) -> Iterator[str]:
    """Yield the ids of an answer, page by page, down to `depth`.

    Raises Unavailable when the ranker that `body` names did not order it.
    """
    answer = client.ask("POST", "/v1/search", {**body, "limit": min(PAGE, depth)})
    check_ordered(body, answer)
    num = 0
    while True:
        for hit in answer["hits"][: depth - num]:
            yield hit["id"]
            num += 1
        if num >= depth or "next_cursor" not in answer:
            return
        answer = client.ask("POST", "/v1/search", {"cursor": answer["next_cursor"], "limit": PAGE})
