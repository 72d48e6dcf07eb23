"""Tests that the plain pair, which the service is measured against, really searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.bench.corpus import Corpus
from tests.bench.plain import PlainPair, create_app

if TYPE_CHECKING:
    from pathlib import Path

NUM_ITEMS = 200


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Return items whose vectors are random but for the query's, which is that of item 7."""
    vectors = np.random.default_rng(1).standard_normal((NUM_ITEMS, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    items = [{"id": str(i), "title": f"thing {i}", "tags": ["tag"]} for i in range(NUM_ITEMS)]
    items[3] = {"id": "3", "title": "red umbrellas", "tags": ["rain"]}
    return Corpus(items, vectors, ["umbrella"], vectors[7:8])


def test_both_lists_reach_the_answer(corpus: Corpus) -> None:
    """First in words and first in vectors tie with 1 / 61 each, and lead."""
    hits = PlainPair(corpus).search("umbrella", corpus.query_vectors[0], 5)
    assert {hits[0]["item"]["id"], hits[1]["item"]["id"]} == {"3", "7"}
    assert hits[1]["score"] == pytest.approx(1 / 61)


def test_a_corpus_is_read_as_it_was_saved(corpus: Corpus, tmp_path: Path) -> None:
    """Items, queries and vectors come back the same."""
    corpus.save(tmp_path)
    read = Corpus.load(tmp_path)
    assert (read.items, read.queries) == (corpus.items, corpus.queries)
    assert np.array_equal(read.vectors, corpus.vectors)
    assert np.array_equal(read.query_vectors, corpus.query_vectors)


def test_the_endpoint_answers_what_the_pair_finds(corpus: Corpus) -> None:
    """The vector is looked up by the query."""
    pair = PlainPair(corpus)
    client = TestClient(create_app(pair, {"umbrella": corpus.query_vectors[0]}))
    answer = client.post("/search", json={"query": "umbrella", "limit": 2}).json()
    assert answer == {"hits": pair.search("umbrella", corpus.query_vectors[0], 2)}
