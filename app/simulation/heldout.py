"""Compares two ways to answer on sessions that nobody has learned from, by the world's own truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.client.ordered import check_ordered
from app.simulation.traffic import search_body
from app.simulation.world import ndcg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.client.http import Client
    from app.simulation.days import Session
    from app.simulation.world import Floats, World


def held_out(
    client: Client,
    world: World,
    sessions: Sequence[Session],
    ways: Sequence[Mapping[str, Any]],
    tell: Callable[[], None],
) -> list[Floats]:
    """Return each way's mean true nDCG@10 by session, (s,); a way is what a search says beside the query.

    The same searches are asked of every way; nothing is clicked, so that nothing is learned.
    """
    told = [np.zeros(len(sessions)) for _ in ways]
    for number, session in enumerate(sessions):
        for asking in session.searches:
            truth = world.relevance(session.person, asking.wanted)
            for scores, way in zip(told, ways, strict=True):
                body = {**search_body(session, asking), **way}
                answer = client.ask("POST", "/v1/search", body)
                check_ordered(body, answer)
                gains = world.gains(truth, [hit["id"] for hit in answer["hits"]])
                scores[number] += ndcg(gains, truth) / len(session.searches)
        tell()
    return told
