"""Serves what a user would write in an afternoon: hnswlib, tantivy and reciprocal ranks behind FastAPI.

`python -m tests.bench.plain --corpus FOLDER --port N`. Query vectors are looked up, never computed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hnswlib
import numpy as np
import tantivy
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from tests.bench.corpus import Corpus

if TYPE_CHECKING:
    from collections.abc import Mapping

DEPTH = 100  # of each list, and the ef of the graph
RRF_K = 60
FIELDS = ["title", "tags", "text"]
WRITER_BYTES = 50_000_000


class PlainPair:
    """Two indexes over one corpus, each in its library's own defaults."""

    def __init__(self, corpus: Corpus) -> None:
        self._items = corpus.items
        self._graph = hnswlib.Index("ip", corpus.vectors.shape[1])
        self._graph.init_index(len(corpus.vectors), M=16, ef_construction=200, random_seed=1)
        self._graph.add_items(corpus.vectors, np.arange(len(corpus.vectors)), num_threads=1)
        self._graph.set_ef(DEPTH)
        self._graph.set_num_threads(1)
        self._index = _index(corpus)
        self._searcher = self._index.searcher()

    def search(self, query: str, vector: Any, limit: int) -> list[dict[str, Any]]:
        """Return the best items by the sum of their reciprocal ranks, ties by position."""
        scores: dict[int, float] = {}
        for rank, ordinal in enumerate(self._graph.knn_query(vector, k=DEPTH)[0][0].tolist(), 1):
            scores[ordinal] = scores.get(ordinal, 0.0) + 1 / (RRF_K + rank)
        for rank, ordinal in enumerate(self._terms(query), 1):
            scores[ordinal] = scores.get(ordinal, 0.0) + 1 / (RRF_K + rank)
        best = sorted(scores, key=lambda ordinal: (-scores[ordinal], ordinal))[:limit]
        return [{"score": scores[ordinal], "item": self._items[ordinal]} for ordinal in best]

    def _terms(self, query: str) -> list[int]:
        parsed = self._index.parse_query_lenient(query, FIELDS)[0]
        hits = self._searcher.search(parsed, DEPTH, count=False).hits
        found: list[int] = self._searcher.fast_field_values("ordinal", [address for _, address in hits])
        return found


def _index(corpus: Corpus) -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("ordinal", fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(WRITER_BYTES, 1)
    for ordinal, item in enumerate(corpus.items):
        document = tantivy.Document()
        document.add_integer("ordinal", ordinal)
        for field in FIELDS:
            value = item.get(field, "")
            document.add_text(field, value if isinstance(value, str) else " ".join(value))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


class Body(BaseModel):
    """What is asked."""

    query: str
    limit: int = 20


def create_app(pair: PlainPair, vectors: Mapping[str, Any]) -> FastAPI:
    """Return the application: one endpoint."""
    app = FastAPI()

    @app.post("/search")
    async def search(body: Body) -> dict[str, Any]:
        return {"hits": pair.search(body.query, vectors[body.query], body.limit)}

    return app


def main() -> None:
    """Build the indexes and serve them."""
    options = argparse.ArgumentParser()
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--port", type=int, required=True)
    chosen = options.parse_args()
    corpus = Corpus.load(chosen.corpus)
    app = create_app(PlainPair(corpus), dict(zip(corpus.queries, corpus.query_vectors, strict=True)))
    uvicorn.run(app, port=chosen.port, access_log=False)


if __name__ == "__main__":
    main()
