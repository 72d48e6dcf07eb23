"""Reads what a collection holds, through the API, as a simulated person sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.client.http import Client

PAGE = 200
WORD = re.compile(r"\w+")
ONLY = "browse"  # the branch that lists the whole collection


@dataclass(frozen=True, slots=True)
class Thing:
    """One item: the words it is called by, what it shows, and its style (category and weight)."""

    id: str
    words: tuple[str, ...]
    concept: str
    styles: tuple[str, ...]


def read_things(client: Client, tell: Callable[[int, int], None]) -> list[Thing]:
    """Return every item that has a title, in id order. Raises InvalidInput when there is none."""
    things = [thing for item in _items(client, tell) if (thing := thing_of(item)) is not None]
    if not things:
        raise InvalidInput("collection", "nothing in this collection has a title that one could ask for")
    return sorted(things, key=lambda thing: thing.id)


def thing_of(item: Mapping[str, Any]) -> Thing | None:
    """Return what an item is to people, None when nobody could name it."""
    words = tuple(WORD.findall(item.get("title", "").lower()))
    if not words:
        return None
    attributes = item.get("attributes", {})
    told = (("category", item.get("category")), ("weight", attributes.get("weight")))
    styles = tuple(f"{name} {value}" for name, value in told if isinstance(value, str))
    return Thing(item["id"], words, str(attributes.get("concept", " ".join(words))), styles)


def _items(client: Client, tell: Callable[[int, int], None]) -> Iterator[Mapping[str, Any]]:
    branches = [one["name"] for one in client.ask("GET", "/v1/capabilities")["branches"]]
    alone = {name: {"enabled": name == ONLY} for name in branches}
    answer = client.ask("POST", "/v1/search", {"branches": alone, "ranker": "none", "limit": PAGE})
    num, total = 0, answer["total"]
    while True:
        for hit in answer["hits"]:
            num += 1
            yield {**hit["item"], "id": hit["id"]}
        tell(num, total)
        if "next_cursor" not in answer:
            return
        answer = client.ask("POST", "/v1/search", {"cursor": answer["next_cursor"], "limit": PAGE})
