"""Measures relevance on a judged collection: each branch, each fusion, the rankers, with significance."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.cli.progress import progress_bar
from app.client.http import Client
from app.client.serving import serving
from app.evaluation.asking import await_meaning, put_items
from app.evaluation.judged import Judged
from app.evaluation.systems import DEFAULT, systems
from app.evaluation.table import body, compared, measure, render

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from app.evaluation.systems import System
    from app.evaluation.table import Row

NAME = "search"
HELP = "Measure relevance on a folder of docs.jsonl.gz, queries.jsonl.gz and qrels.tsv.gz, through the API."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, help="the judged collection")
    parser.add_argument("--url", help="a running service to measure; one of its own is started without it")
    parser.add_argument("--key", help="key of the running service")
    parser.add_argument(
        "--data", type=Path, help="folder for a service of its own; kept (default: a temporary one)"
    )
    parser.add_argument("--queries", type=int, help="ask only the first so many queries")
    parser.add_argument(
        "--ranker", action="append", default=[], help="also measure this ranker; may be repeated"
    )
    parser.add_argument(
        "--against", default=DEFAULT, help=f"what the rest is compared with (default: {DEFAULT})"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the tests' draws (default: 0)")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print the table."""
    judged = Judged.read(options.folder)
    queries = list(islice((query for query in judged.queries if query in judged.grades), options.queries))
    with _service(options) as client:
        with progress_bar(f"put {judged.name}") as tell:
            put_items(client, judged.items, tell)
        with progress_bar("encode") as tell:
            await_meaning(client, tell)
        rows = _measure(client, systems(client, options.ranker), judged, queries)
    rows = compared(rows, options.against, options.seed)
    print(render(rows, options.against))
    if options.out is not None:
        told = {"collection": judged.name, "against": options.against, "rows": body(rows)}
        options.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0


@contextmanager
def _service(options: argparse.Namespace) -> Iterator[Client]:
    if options.url is not None:
        yield Client(options.url, options.key)
        return
    with TemporaryDirectory(prefix="trouvere-") as folder:
        data = options.data or Path(folder)
        with serving(data, "--catalog", "none", "--model", "none") as client:
            yield client


def _measure(client: Client, ways: list[System], judged: Judged, queries: list[str]) -> list[Row]:
    total = len(ways) * len(queries)
    with progress_bar("ask") as show:
        done = iter(range(1, total + 1))

        def tell() -> None:
            show(next(done), total)

        return [measure(client, system, judged, queries, tell) for system in ways]
