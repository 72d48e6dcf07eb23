"""Measures the engine in this process against the usual ways of serving: `python -m app bench generate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from app.cli.benches.generate import HEAD, LOADS, table
from app.cli.benches.generate import measure as serve
from app.cli.benches.stream import CANCELLED, USUAL
from app.worker.latent import load, placed
from models.catalog import find_model
from tests.bench.report import Report, Table

if TYPE_CHECKING:
    from tests.bench.conditions import Conditions

REQUESTS = 40
ROWS = 16
WORDS = """{requests} requests for one picture of the default model arrive at random (Poisson) moments; a load
is their rate over what one request at a time can serve. {usual:.0%} have the default settings with words and
seeds of their own; the others differ in sampler (of six), steps (4 to 12), guidance and its interval, and
{cancelled:.0%} are given up. All four ways run the same network in one process with one thread, on {device}:
*evaluations of unlike requests* is the worker's engine; *one request at a time* is the same engine fed one by
one; *equal requests together* batches those that wait with equal settings; *diffusers' pipeline
loop* is how its pipelines run a request, with its own `EulerDiscreteScheduler`: padded, both guidance rows at
every step, one evaluation a noise level whatever the sampler. Seconds are those of the
processor (on CUDA, of the wall): the clock stands still while nobody computes. Latency, first preview (median
of the usual requests) and cancel (until the call that held the row is over, median) count from arrival."""


def measure(conditions: Conditions) -> Report:
    """Measure each load once; rounds and seconds change nothing."""
    del conditions
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    system = load(str(find_model("trouvere-icons").directory))
    found = serve(system, REQUESTS, LOADS, ROWS, seed=0)
    torch.set_num_threads(threads)
    words = WORDS.format(
        requests=REQUESTS,
        usual=USUAL,
        cancelled=CANCELLED,
        device=placed("auto", is_there=torch.cuda.is_available()),
    )
    return Report("generate", "Unlike requests in one batch", words, [Table(HEAD, table(found))])
