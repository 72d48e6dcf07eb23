"""Runs benches by name, all of them without one: `python -m tests.bench [--write] [NAME…]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import (
    attention,
    dense,
    experiments,
    generate,
    generation,
    ingest,
    isolation,
    prediction,
    quality,
    ranking,
    requests,
    reuse,
    startup,
)
from tests.bench.conditions import Conditions
from tests.bench.machine import ROOT, this_machine
from tests.bench.report import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.report import Report

DOCUMENT = ROOT / "BENCHMARKS.md"
BENCHES: dict[str, Callable[[Conditions], Report]] = {
    "ranking": ranking.measure,
    "prediction": prediction.measure,
    "requests": requests.measure,
    "startup": startup.measure,
    "generation": generation.measure,
    "generate": generate.measure,
    "attention": attention.measure,
    "isolation": isolation.measure,
    "quality": quality.measure,
    "reuse": reuse.measure,
    "experiments": experiments.measure,
    "ingest": ingest.measure,
    "dense": dense.measure,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    root.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all when none")
    root.add_argument("--rounds", type=int, default=5, help="how often each thing is measured (5)")
    root.add_argument("--seconds", type=float, default=5.0, help="how long a round of load takes (5)")
    root.add_argument("--data", type=Path, default=Path("data/judged"), help="folder of judged collections")
    root.add_argument("--sizes", default="16000,100000", help="numbers of vectors for `dense`")
    root.add_argument("--graphs", type=Path, help="keep the graphs of `dense` here from run to run")
    root.add_argument("--threads", type=int, default=1, help="that build graphs (1)")
    root.add_argument("--icons", type=Path, help="keep the demo collection here from run to run")
    root.add_argument("--write", action="store_true", help="write the results into BENCHMARKS.md")
    return root


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write when told to; returns 2 for a name that is no bench."""
    options = parser().parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        print(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="trouvere-bench-") as scratch:
        conditions = Conditions(
            options.rounds,
            options.seconds,
            Path(scratch),
            options.data,
            options.icons,
            tuple(map(int, options.sizes.split(","))),
            options.graphs,
            options.threads,
        )
        for name in options.names or BENCHES:
            _run(name, conditions, write=options.write)
    return 0


def _run(name: str, conditions: Conditions, *, write: bool) -> None:
    machine = this_machine()
    report = BENCHES[name](conditions)
    command = f"python -m tests.bench {name} --rounds {conditions.rounds} --seconds {conditions.seconds:g}"
    if name == "dense":
        command += f" --sizes {','.join(map(str, conditions.sizes))} --threads {conditions.threads}"
    section = report.section(machine, command)
    print(section, end="\n\n", flush=True)
    if write:
        before = DOCUMENT.read_text() if DOCUMENT.exists() else ""
        DOCUMENT.write_text(replace(before, name, section))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
