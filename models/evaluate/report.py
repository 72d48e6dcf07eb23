"""Tells a report: a table with floors and ceilings, the same as JSON, and a contact sheet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from models.evaluate.pairs import AMONG, prompt_of
from models.icons import render_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np

    from models.evaluate.generator import Point, Report
    from models.evaluate.pairs import Verdict
    from models.icons import Icon

REPORT_VERSION = 1
SIDE = 96


def table(report: Report) -> str:
    """Return the report in words: each figure beside that of real icons, with 95 % intervals."""
    return "\n".join(_lines(report))


def body(report: Report) -> dict[str, Any]:
    """Return the report's figures, without pictures, as JSON values."""
    values = asdict(report)
    del values["sheet"]
    return {"version": REPORT_VERSION, **values}


def draw_contact_sheet(sheet: Sequence[tuple[Icon, np.ndarray]], path: Path, columns: int = 8) -> None:
    """Write held-out pairs: the real icon over the one that was generated, with the prompt below."""
    gap = 14
    rows = -(-len(sheet) // columns)
    page = Image.new("RGB", (columns * SIDE, rows * (2 * SIDE + gap)), "white")
    draw = ImageDraw.Draw(page)
    for place, (icon, made) in enumerate(sheet):
        left, top = place % columns * SIDE, place // columns * (2 * SIDE + gap)
        page.paste(render_picture(icon, SIDE), (left, top))
        page.paste(Image.fromarray(made).resize((SIDE, SIDE)), (left, top + SIDE))
        draw.text((left + 1, top + 2 * SIDE + 1), prompt_of(icon)[: SIDE // 6], fill="black")
    page.save(path)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.system} ({report.digest[:12]}), {report.count} pictures; 95 % intervals in brackets"
    yield f"{'distance to trained icons':34}{'generated':>26}{'real (floor)':>26}"
    yield f"{'Frechet':34}{report.frechet:>26.3f}{report.frechet_real:>26.3f}"
    ours, real = (_thousandths(k.mean, k.error) for k in (report.kernel, report.kernel_real))
    yield f"{'kernel, times 1000':34}{ours:>26}{real:>26}"
    for label, made, ceiling in (
        ("seen pairs", report.seen, report.seen_real),
        ("held-out pairs", report.held_out, report.held_out_real),
    ):
        among = min(AMONG, made.first.trials)
        yield f"{label + f', among {among}':34}{'generated':>26}{'real (ceiling)':>26}"
        yield from _compared(made, ceiling)
        yield f"{'P(both) over its ceiling':34}{_ratio(made, ceiling):>26.3f}"
    yield f"{'copies':34}{'generated':>26}{'real held-out (floor)':>26}"
    yield f"{'of seen pairs':34}{report.copies_seen!s:>26}{report.copies_real!s:>26}"
    yield f"{'of held-out pairs':34}{report.copies_held_out!s:>26}"
    yield from _curve("evaluations", [(str(p.setting.evaluations), p) for p in report.steps])
    yield from _curve("few-step", [(str(p.setting.evaluations), p) for p in report.few])
    yield from _curve("guidance", [(f"{p.setting.guidance:g}", p) for p in report.guidances])
    told = [("shown neighbours" if p.setting.shown else "words alone", p) for p in report.told]
    yield from _curve("told", told)
    if report.density is not None:
        density = report.density
        yield (
            f"log density of {density.rows} held-out icons: {density.mean:.3f} nats a latent dimension, "
            f"standard error {density.error:.3f} (trace {density.trace_error:.3f})"
        )


def _compared(made: Verdict, ceiling: Verdict) -> Iterator[str]:
    for label, ours, real in (
        ("R@1", made.first, ceiling.first),
        ("P(concept)", made.concept, ceiling.concept),
        ("P(style)", made.style, ceiling.style),
        ("P(both)", made.both, ceiling.both),
    ):
        yield f"{label:34}{ours!s:>26}{real!s:>26}"


def _curve(name: str, points: Sequence[tuple[str, Point]]) -> Iterator[str]:
    if points:
        yield f"{name:18}{'R@1':>22}{'P(both)':>26}{'kernel, times 1000':>26}"
    for label, point in points:
        distance = _thousandths(point.kernel.mean, point.kernel.error)
        yield f"{label:18}{point.verdict.first!s:>22}{point.verdict.both!s:>26}{distance:>26}"


def _ratio(made: Verdict, ceiling: Verdict) -> float:
    return made.both.value / ceiling.both.value if ceiling.both.value else 0.0


def _thousandths(mean: float, error: float) -> str:
    return f"{1000 * mean:.2f} +- {1000 * error:.2f}"
