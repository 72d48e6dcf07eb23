"""Stands in for a service that answers from fixed lists, in pages of two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.client.http import Client, Refused

PAGE = 2
Lists = Mapping[str, Mapping[str, list[str]]]  # way → query → ids


def way_of(body: Mapping[str, Any]) -> str:
    """Return the name of the way that a search asks for."""
    alone = [name for name, options in body.get("branches", {}).items() if options.get("enabled")]
    return str(alone[0] if alone else body.get("fusion") or body.get("ranker") or "default")


@dataclass
class FakeService(Client):
    """Knows two branches and one fusion; refuses a way that has no lists."""

    lists: Lists
    put: list[Mapping[str, Any]] = field(default_factory=list)
    rejects: bool = False

    def ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
        assert not isinstance(body, bytes)
        assert (method == "GET") == (body is None)
        if path == "/v1/capabilities":
            return {"branches": [{"name": "term"}, {"name": "text"}], "fusions": [{"name": "rrf"}]}
        if path == "/v1/stats":
            return {"applied_lsn": 5, "vectors_lsn": 5, "log_lsn": 5}
        assert path == "/v1/search"
        assert body is not None
        way, query, start = (
            json.loads(body["cursor"]) if "cursor" in body else (way_of(body), body["query"], 0)
        )
        if way not in self.lists:
            raise Refused(422, "every branch is switched off")
        found = self.lists[way].get(query, [])
        end = start + min(PAGE, body["limit"])
        answer: dict[str, Any] = {"hits": [{"id": one} for one in found[start:end]]}
        if end < len(found):
            answer["next_cursor"] = json.dumps([way, query, end])
        return answer

    def send_lines(self, path: str, lines: Iterable[Mapping[str, Any]]) -> Any:
        assert path == "/v1/items:batch"
        told = [*lines]
        self.put += told
        return {"rejected": told[:1] if self.rejects else []}
