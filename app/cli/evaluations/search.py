"""Measures relevance on a judged collection: each branch, each fusion, the rankers, with significance."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.bootstrap.training import Wanted, train_ranker
from app.cli.progress import progress_bar
from app.client.http import Client
from app.client.serving import PATIENT, serving
from app.domain.errors import InvalidInput
from app.evaluation.asking import await_meaning, put_items
from app.evaluation.folds import parted, write_judgments
from app.evaluation.judged import Judged
from app.evaluation.systems import DEFAULT, systems
from app.evaluation.table import body, compared, joined, measure, render
from app.settings import Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from app.evaluation.systems import System
    from app.evaluation.table import Row

NAME = "search"
HELP = "Measure relevance on a folder of docs.jsonl.gz, queries.jsonl.gz and qrels.tsv.gz, through the API."
RANKER = "judged"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", type=Path, help="the judged collection")
    parser.add_argument("--url", help="a running service to measure; one of its own is started without it")
    parser.add_argument("--key", help="key of the running service")
    parser.add_argument("--data", type=Path, help="folder of the service; kept (default: a temporary one)")
    parser.add_argument("--queries", type=int, help="ask only the first so many queries")
    parser.add_argument(
        "--ranker", action="append", default=[], help="also measure this one; may be repeated"
    )
    parser.add_argument(
        "--folds",
        type=int,
        default=0,
        help="also train a ranker on the judgments and measure it in so many folds, each on queries that "
        "its training did not see (default: 0, none)",
    )
    parser.add_argument("--against", default=DEFAULT, help=f"what all is compared with (default: {DEFAULT})")
    parser.add_argument("--seed", type=int, default=0, help="seed of draws and folds (default: 0)")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print the table."""
    if options.folds and options.url is not None and options.data is None:
        raise InvalidInput("data", "training needs the data folder of the running service")
    judged = Judged.read(options.folder)
    queries = list(islice((query for query in judged.queries if query in judged.grades), options.queries))
    with _service(options) as (client, data):
        with progress_bar(f"put {judged.name}") as tell:
            put_items(client, judged.items, tell)
        with progress_bar("encode") as tell:
            await_meaning(client, tell)
        rows = _measure(client, systems(client, options.ranker), judged, queries)
        if options.folds:
            rows.append(_cross_validated(client, data, judged, queries, options))
    rows = compared(rows, options.against, options.seed)
    print(render(rows, options.against))
    if options.out is not None:
        told = {"collection": judged.name, "against": options.against, "rows": body(rows)}
        options.out.write_text(json.dumps(told, indent=2) + "\n")
    return 0


@contextmanager
def _service(options: argparse.Namespace) -> Iterator[tuple[Client, Path]]:
    with TemporaryDirectory(prefix="trouvere-") as folder:
        data = options.data or Path(folder)
        if options.url is not None:
            yield Client(options.url, options.key), data
            return
        with serving(data, "--catalog", "none", "--model", "none", **PATIENT) as client:
            yield client, data


def _measure(client: Client, ways: Sequence[System], judged: Judged, queries: Sequence[str]) -> list[Row]:
    total = len(ways) * len(queries)
    with progress_bar("ask") as show:
        done = iter(range(1, total + 1))

        def tell() -> None:
            show(next(done), total)

        return [measure(client, system, judged, queries, tell) for system in ways]


def _cross_validated(
    client: Client, data: Path, judged: Judged, queries: Sequence[str], options: argparse.Namespace
) -> Row:
    """Return the row of rankers that never saw the queries they are measured on."""
    parts = []
    for number, held in enumerate(parted(queries, options.folds, options.seed), 1):
        with TemporaryDirectory(prefix="trouvere-") as folder:
            path = Path(folder) / "judgments.jsonl"
            write_judgments(judged, [query for query in queries if query not in held], path)
            wanted = Wanted(RANKER, seed=options.seed, judgments=path)
            print(f"fold {number} of {options.folds}", file=sys.stderr)
            package = train_ranker(
                Settings(data=data), wanted, lambda text: print(f"  {text}", file=sys.stderr)
            )
        parts += _measure(client, systems(client, [str(package.id)])[-1:], judged, held)
    return joined(f"ranker, {options.folds} folds", parts)
