"""Measures fused attention against attention written out: time and peak memory from 64 to 16384 tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from tests.bench.report import Report, Table
from tests.bench.spread import number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from tests.bench.conditions import Conditions

TOKENS = tuple(64 * 2**power for power in range(9))  # 64 … 16384
TYPES = (torch.float32, torch.bfloat16)
HEADS, WIDTH = 4, 64  # those of the shipped denoiser
MEBIBYTE = 1024 * 1024
WORDS = """softmax(Q K^T / sqrt(d)) V for one row of {heads} heads of {width}, without a mask, on {device}
with one thread: by `scaled_dot_product_attention` (the fused kernel) and written out as two products and a
softmax. Time is processor time (on CUDA, wall time between synchronisations), the least of {repeats} runs
after one that is not counted; memory is the peak beyond what was there before."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one call and the bytes it held at its peak."""

    seconds: float
    peak_bytes: int


def fused(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend in one pass over the keys."""
    mixed: Tensor = functional.scaled_dot_product_attention(query, key, value)
    return mixed


def written_out(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attend by way of the whole matrix of scores."""
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    mixed: Tensor = scores.softmax(-1) @ value
    return mixed


def measure(conditions: Conditions) -> Report:
    """Measure both at every length and in both types."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = [
        _row(
            tokens,
            dtype,
            [cost(way, tokens, dtype, device, conditions.rounds) for way in (fused, written_out)],
        )
        for dtype in TYPES
        for tokens in TOKENS
    ]
    torch.set_num_threads(threads)
    words = WORDS.format(heads=HEADS, width=WIDTH, device=device.type, repeats=conditions.rounds)
    head = ["type", "tokens", "fused ms", "written out ms", "times", "fused MiB", "written out MiB"]
    return Report("attention", "Fused attention", words, [Table(head, rows)])


def cost(
    way: Callable[[Tensor, Tensor, Tensor], Tensor],
    tokens: int,
    dtype: torch.dtype,
    device: torch.device,
    repeats: int,
) -> Cost:
    """Measure one way of attending over so many tokens."""
    draw = torch.Generator().manual_seed(tokens)
    shape = (1, HEADS, tokens, WIDTH)
    query, key, value = (torch.randn(shape, generator=draw).to(device, dtype) for _ in range(3))
    best = float("inf")
    with torch.inference_mode():
        before = _begin_peak(device)
        way(query, key, value)
        peak = _peak(device) - before
        for _ in range(repeats):
            best = min(best, _seconds(lambda: way(query, key, value), device))
    return Cost(best, max(0, peak))


def _seconds(call: Callable[[], Tensor], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
        began = time.perf_counter()
        call()
        torch.cuda.synchronize()
        return time.perf_counter() - began
    began = time.process_time()
    call()
    return time.process_time() - began


def _begin_peak(device: torch.device) -> int:
    """Forget earlier peaks and return the bytes held now."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return int(torch.cuda.memory_allocated())
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets VmHWM, see proc(5)
    return _status("VmRSS")


def _peak(device: torch.device) -> int:
    return int(torch.cuda.max_memory_allocated()) if device.type == "cuda" else _status("VmHWM")


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def _row(tokens: int, dtype: torch.dtype, costs: Sequence[Cost]) -> list[str]:
    one, other = costs
    return [
        str(dtype).removeprefix("torch."),
        str(tokens),
        number(1000 * one.seconds),
        number(1000 * other.seconds),
        number(other.seconds / one.seconds),
        number(one.peak_bytes / MEBIBYTE),
        number(other.peak_bytes / MEBIBYTE),
    ]
