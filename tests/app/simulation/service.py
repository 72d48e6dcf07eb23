"""Stands in for a service: answers searches with everything it has, and keeps what it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.client.http import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class FakeService(Client):
    """Answers in the order of ids, or backwards for the ranker `backwards`."""

    ids: list[str]
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    events: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
        assert not isinstance(body, bytes)
        self.asked.append((method, path, body))
        if path != "/v1/search":
            return {}
        assert body is not None
        ids = self.ids[::-1] if body.get("ranker") == "backwards" else self.ids
        hits = [{"id": one} for one in ids[: body["limit"]]]
        return {"request_id": f"r{len(self.asked)}", "hits": hits}

    def send_lines(self, path: str, lines: Iterable[Mapping[str, Any]]) -> Any:
        assert path == "/v1/events:batch"
        for line in json.loads(json.dumps([*lines])):
            self.events.setdefault(line["id"], line)
        return {}
