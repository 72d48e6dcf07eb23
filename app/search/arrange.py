"""Arranges a ranked list as the request wishes: unlike neighbours, and no category too often."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from app.ranking.diversity import marginal, within_caps

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.domain.search import SearchRequest
    from app.ranking.lists import Ordinals, Ranked, Scores
    from app.ranking.stage import Reranked
    from app.search.collection import Collection

SPACE: Final = "text"
HEAD: Final = 100  # hits that are put in a new order; what comes after them is too far down to repeat them


def arrange(
    request: SearchRequest, ranked: Ranked, reranked: Reranked | None, collection: Collection
) -> tuple[Ranked, Reranked | None]:
    """Return the list, and what a ranker said of it, in the order and with the caps of the request."""
    shown = ranked.scores if reranked is None or reranked.scores is None else reranked.scores
    places = np.arange(len(ranked))
    if request.diversify:
        head = _diverse(ranked, shown, collection, request.diversify)
        places = np.concatenate([head, places[len(head) :]])
    if request.max_per_category is not None:
        records = collection.records(ranked.ordinals[places].tolist())
        kinds = [None if record is None else record.category for record in records]
        places = places[within_caps(kinds, request.max_per_category)]
    if len(places) == len(ranked) and (places[1:] > places[:-1]).all():
        return ranked, reranked
    return ranked.take(places), None if reranked is None else _taken(reranked, places)


def _diverse(ranked: Ranked, scores: Scores, collection: Collection, novelty: float) -> npt.NDArray[np.intp]:
    """Return the places of the list's head in a more diverse order; exact titles stay first."""
    exact = int(np.count_nonzero(ranked.exact[:HEAD]))
    rest = slice(exact, min(HEAD, len(ranked)))
    vectors = _vectors(ranked.ordinals[rest], collection)
    order = marginal(scores[rest], np.maximum(vectors @ vectors.T, 0), novelty)
    return np.concatenate([np.arange(exact), exact + order])


def _vectors(ordinals: Ordinals, collection: Collection) -> npt.NDArray[np.float32]:
    """Return unit vectors to compare items by, (n, d): their text's, or their tags' where there are none."""
    space = collection.spaces.get(SPACE)
    found = [None if space is None else space.vector(ordinal) for ordinal in ordinals.tolist()]
    dim = next((len(vector) for vector in found if vector is not None), 0)
    if not dim:
        return _of_words(ordinals, collection)
    return np.array([np.zeros(dim, np.float32) if vector is None else vector for vector in found], np.float32)


def _of_words(ordinals: Ordinals, collection: Collection) -> npt.NDArray[np.float32]:
    records = collection.records(ordinals.tolist())
    words = [() if record is None else (*record.tags, f"category:{record.category}") for record in records]
    columns = {word: column for column, word in enumerate(sorted({word for some in words for word in some}))}
    vectors = np.zeros((len(words), max(len(columns), 1)), np.float32)
    for row, some in enumerate(words):
        for word in some:
            vectors[row, columns[word]] = 1.0
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    vectors /= np.maximum(lengths, np.float32(1e-12))
    return vectors


def _taken(reranked: Reranked, places: npt.NDArray[np.intp]) -> Reranked:
    return replace(
        reranked,
        ranked=reranked.ranked.take(places),
        scores=None if reranked.scores is None else reranked.scores[places],
        features=None if reranked.features is None else reranked.features[places],
    )
