"""Measures the generation engine against the usual ways of serving, in this process."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from app.cli.benches.replay import Figures
    from app.worker.system import System

NAME = "generate"
HELP = "Serve a stream of mixed requests for pictures in four ways, and compare them."
LOADS = (0.5, 0.9, 1.5, 3.0)
HEAD = (
    "load",
    "served by",
    "pictures a second",
    "p50 s",
    "p99 s",
    "model calls",
    "first preview s",
    "cancel ms",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--model", default="trouvere-icons", help="a name of the catalog, or a model's folder"
    )
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--requests", type=int, default=40, help="pictures asked for at each load (40)")
    parser.add_argument("--rows", type=int, default=16, help="denoiser rows of a call at most (16)")
    parser.add_argument("--seed", type=int, default=0, help="decides the stream of requests (0)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument(
        "--load",
        type=float,
        action="append",
        help=f"arrivals over what one request at a time can serve; of {LOADS} each when left out",
    )


def run(options: argparse.Namespace) -> int:
    """Measure and print a table; returns 2 for a model that there is not."""
    from app.worker.latent import load
    from models.catalog import UnknownModel, find_model

    try:
        folder = find_model(options.model).directory
    except UnknownModel as error:
        print(error.args[0], file=sys.stderr)
        return 2
    import torch

    torch.set_num_threads(1)
    system = load(str(folder), options.device)
    found = measure(system, options.requests, options.load or LOADS, options.rows, options.seed)
    lines = [HEAD, tuple("---" for _ in HEAD), *table(found)]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(
    system: System, num_requests: int, loads: Sequence[float], rows: int, seed: int
) -> list[dict[str, Any]]:
    """Return the figures of each load and way of serving, by name.

    A load is arrivals a second over the pictures a second that one request at a time can serve. Seconds
    are those of the processor (on CUDA, of the wall): the clock stands still while nobody computes.
    """
    from app.cli.benches.contenders import contenders
    from app.cli.benches.pipeline import pipeline_loop
    from app.cli.benches.replay import Replay
    from app.cli.benches.stream import stream
    from app.worker.prompts import Prompts
    from app.worker.warmup import warm_up

    timer = _timer()
    prompts = Prompts(system)
    warm = warm_up(system, prompts, rows, 4, timer)
    alone = contenders(system, prompts, warm, pipeline_loop(system))["one request at a time"]
    capacity = Replay(alone, timer).play(stream(max(8, num_requests // 4), 1e6, seed)).rate
    found = []
    for load in loads:
        arrivals = stream(num_requests, load * capacity, seed + 1)
        for name, contender in contenders(system, prompts, warm, pipeline_loop(system)).items():
            figures = Replay(contender, timer).play(arrivals)
            found.append({"load": load, "served_by": name, "rows": warm.rows, **_told(figures)})
    return found


def table(found: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the figures as cells of text."""
    return [
        (
            f"{one['load']:g}",
            one["served_by"],
            f"{one['pictures_per_second']:.2f}",
            f"{one['p50_s']:.2f}",
            f"{one['p99_s']:.2f}",
            str(one["model_calls"]),
            f"{one['first_preview_s']:.2f}",
            f"{1000 * one['cancel_s']:.0f}",
        )
        for one in found
    ]


def _told(figures: Figures) -> dict[str, Any]:
    from app.cli.benches.replay import percentile

    return {
        "pictures": len(figures.latencies),
        "pictures_per_second": figures.rate,
        "p50_s": percentile(figures.latencies, 50),
        "p99_s": percentile(figures.latencies, 99),
        "model_calls": figures.num_calls,
        "first_preview_s": percentile(figures.previews, 50),
        "cancel_s": percentile(figures.cancels, 50),
    }


def _timer() -> Callable[[], float]:
    """Return the clock: processor seconds of this process, wall seconds where CUDA computes beside it."""
    import torch

    if not torch.cuda.is_available():
        return time.process_time

    def wall() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return wall
