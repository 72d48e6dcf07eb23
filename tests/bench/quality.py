"""Measures relevance of each branch and of their fusion on judged collections, through the public search."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import tantivy

from app.evaluation.judged import Judged, folders
from app.evaluation.relevance import Quality
from tests.bench.report import Report, Table
from tests.bench.server import Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.bench.conditions import Conditions

PAGE = 200
DEPTH = 1_000
MAX_QUERIES = 1_000  # of a collection; the first ones, where it has more
BATCH = 1_000
EMBED_S = 3_600.0
READY_S = 120.0
BRANCHES = ("term", "text")
WORDS = """Documents are put as items, queries asked of `POST /v1/search` in pages of {page} down to rank
{depth}, with one branch enabled, then with both: at the default fusion and at `rrf`. The text branch's
encoder was trained on English alone; `skipped` means that a branch found nothing to do. The first {most}
queries where there are more. nDCG@10 and MAP as trec_eval defines them. Beside them tantivy by itself:
default BM25, English stems, all words optional."""


def measure(conditions: Conditions) -> Report:
    """Measure every judged collection of the data folder; says so when there is none."""
    found = folders(conditions.data)
    words = WORDS.format(page=PAGE, depth=DEPTH, most=MAX_QUERIES)
    if not found:
        return Report("quality", "Relevance", f"{words}\n\nSkipped: no judged collection was given.", [])
    rows = [row for folder in found for row in _collection(conditions, Judged.read(folder))]
    head = ["collection", "search", "nDCG@10", "MAP", "recall@100", "MRR", "queries"]
    return Report("quality", "Relevance", words, [Table(head, rows)])


def _collection(conditions: Conditions, judged: Judged) -> list[list[str]]:
    folder = conditions.scratch / f"quality-{judged.name}"
    queries = dict(islice(judged.queries.items(), MAX_QUERIES))
    rows = [_row(judged, "tantivy by itself", _plain_runs(judged, queries))]
    arguments = ["serve", "--data", str(folder), "--catalog", "none", "--model", "none"]
    with serving("app", arguments, conditions.scratch / f"{judged.name}.log") as server:
        server.wait(lambda: server.answers("/readyz"), READY_S)
        _put(server, judged.items)
        server.wait(lambda: _is_embedded(server), EMBED_S)
        for name, body in _searches():
            print(f"… {judged.name}: {name}", flush=True)
            runs = {key: list(_ranked(server, {**body, "query": text})) for key, text in queries.items()}
            rows.append(_row(judged, name, runs))
    return rows


def _searches() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in BRANCHES:
        others = {other: {"enabled": other == name} for other in BRANCHES}
        yield f"`{name}` alone", {"branches": others}
    both = {name: {"enabled": True} for name in BRANCHES}
    yield "both, default fusion", {}
    yield "both, `rrf`", {"branches": both, "fusion": "rrf"}


def _row(judged: Judged, name: str, runs: Mapping[str, Sequence[str]]) -> list[str]:
    if not any(runs.values()):
        return [judged.name, name, *["skipped"] * 4, "0"]
    quality = Quality.of(runs, judged.grades)
    measures = (quality.ndcg_at_10, quality.map, quality.recall_at_100, quality.mrr)
    return [judged.name, name, *(f"{value:.4f}" for value in measures), str(quality.num_queries)]


def _put(server: Server, items: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(items), BATCH):
        lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in items[start : start + BATCH])
        answer = server.ask("POST", "/v1/items:batch", lines.encode())
        assert answer["rejected"] == [], answer["rejected"][:3]


def _is_embedded(server: Server) -> bool:
    stats = server.ask("GET", "/v1/stats")
    lsns = (stats["applied_lsn"], stats["vectors_lsn"])
    return bool(min(lsns) >= stats["log_lsn"])


def _ranked(server: Server, body: dict[str, Any]) -> Iterator[str]:
    """Yield ids page by page, down to DEPTH."""
    answer = server.ask("POST", "/v1/search", {**body, "limit": PAGE})
    for _ in range(DEPTH // PAGE):
        yield from (hit["id"] for hit in answer["hits"])
        if "next_cursor" not in answer:
            return
        answer = server.ask("POST", "/v1/search", {"cursor": answer["next_cursor"], "limit": PAGE})


def _plain_runs(judged: Judged, queries: Mapping[str, str]) -> dict[str, list[str]]:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("text", tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(50_000_000, 1)
    for item in judged.items:
        text = f"{item.get('title', '')} {item.get('text', '')}"
        writer.add_document(tantivy.Document(id=item["id"], text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    runs = {}
    for key, text in queries.items():
        parsed = index.parse_query_lenient(text, ["text"])[0]
        hits = searcher.search(parsed, DEPTH, count=False).hits
        runs[key] = [str(searcher.doc(address)["id"][0]) for _, address in hits]
    return runs
