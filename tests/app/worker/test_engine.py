"""The engine gives each request its own bytes, whoever shares its calls, and lets nobody hurt a mate."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import torch

from app.domain.engine import EngineEvent, Order, Pixels, Plane, Start
from app.domain.jobs import EventType
from app.worker.engine import REFUSED_LATE, TOO_LATE
from app.worker.scheduler import QueueFull
from tests.app.worker.studio import Clock, engine_of, order, pictures, run, solo, turn
from tests.app.worker.tiny import FaultySystem, TinySystem

if TYPE_CHECKING:
    from app.worker.engine import Engine

SAMPLERS = (
    "euler",
    "heun",
    "ddim",
    "ancestral",
    "dpmpp_2m",
    "dpmpp_2m_sde",
    "euler_maruyama",
    "unipc",
    "edm_churn",
    "few",
)
PIXELS = Pixels(16, 16, bytes(range(256)) * 3)
MASKS = tuple(Plane(16, 16, (bytes([keep]) * 8 + bytes([255]) * 8) * 16) for keep in (0, 90))
SHOWN = (bytes([60, 61]) * 64, bytes([188, 55]) * 64)  # latents of 4 x 4 x 4
MIXES = 150


def any_order(draw: random.Random, number: int) -> Order:
    """Return an order of any sampler, grid, guidance, size, start, mask and neighbours there are."""
    kind = draw.choice(["noise", "noise", "latent", "pixels", "mask"])
    begin = {
        "noise": {},
        "latent": {"start": Start(draw.choice([0.5, 3.0]), latent=bytes([60, 61]) * 64)},
        "pixels": {"start": Start(draw.choice([1.0, 9.0]), pixels=PIXELS)},
        "mask": {"start": Start(40.0, pixels=PIXELS), "mask": draw.choice(MASKS)},
    }[kind]
    shown = draw.choice([(), (), SHOWN[:1], SHOWN])
    fields = {
        "prompt": draw.choice(["a red horse", "blue house on white", "cat", ""]),
        "negative_prompt": draw.choice(["", "", "horse"]),
        "sampler": draw.choice(SAMPLERS),
        "grid": draw.choice(["karras", "exponential", "trailing", "betas"]),
        "steps": draw.randint(1, 5),
        "guidance": draw.choice([1.0, 2.5, 7.5]),
        "guidance_interval": draw.choice([[0.2, 3.0], [0.0, 1e9], [1.0, 2.0]]),
        "autoguidance": draw.choice([0.0, 0.0, 2.0]),
        "control": draw.choice([{}, {}, {"weight": "bold"}, {"weight": "thin", "ink": "red"}]),
        "control_scale": draw.choice([0.0, 1.0, 0.3]),
        "size": draw.choice(["auto", "24x16", "32x8"]) if kind == "noise" else "auto",
        "seed": draw.randrange(2**63),
        "num_images": draw.randint(1, 3),
        "priority": draw.randint(-10, 10),
        "partial_images": draw.randint(0, 3),
        "user": draw.choice([None, "ann", "bob"]),
    }
    return order(f"job{number}", shown=shown, **begin, **fields)  # type: ignore[arg-type]  # fields by name


def test_the_same_request_gives_the_same_bytes_in_any_company() -> None:
    """150 mixes of requests of every kind, at random moments and batch caps: the bytes of solo runs.

    Strangers are cancelled on the way, rows that break are among them, and the schedule holds throughout.
    """
    draw = random.Random(20)
    known = [(wanted, solo(wanted)) for wanted in (any_order(draw, number) for number in range(48))]
    for mix in range(MIXES):
        chosen = draw.sample(known, draw.randint(1, 6))
        engine, events = engine_of(FaultySystem(), rows=draw.randint(2, 20)), []
        for wanted, _ in chosen:
            engine.submit(wanted)
            events += in_between(engine, draw)
        events += run(engine)
        made = pictures(events)
        for wanted, alone in chosen:
            assert {key: made[key] for key in made if key[0] == wanted.job_id} == alone, (mix, wanted)


def in_between(engine: Engine, draw: random.Random) -> list[EngineEvent]:
    """Let some turns pass; now and then somebody comes and is cancelled, or breaks."""
    events: list[EngineEvent] = []
    if draw.random() < 0.2:
        engine.submit(order("stranger", prompt=draw.choice(["nan", "boom", "cat", "memory"]), steps=9))
    for _ in range(draw.randint(0, 3)):
        events += turn(engine)
        engine.check()
    engine.cancel("stranger")
    return events


def test_the_number_of_threads_does_not_show() -> None:
    """One thread and two give the same bytes, whatever the order asks for."""
    draw = random.Random(31)
    orders = [order("a", num_images=3, sampler="heun", guidance=5.0), any_order(draw, 1), any_order(draw, 2)]
    before = torch.get_num_threads()
    made = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        made.append([solo(wanted) for wanted in orders])
    torch.set_num_threads(before)
    assert made[0] == made[1]


def test_many_images_are_many_single_requests() -> None:
    """Picture i of n has the bytes of a request for one picture with seed + i."""
    made = solo(order("many", num_images=4, seed=40, sampler="ancestral"))
    for i in range(4):
        assert made["many", i] == solo(order("one", seed=40 + i, sampler="ancestral"))["one", 0]
    assert len(set(made.values())) == 4


def test_a_job_is_told_from_start_to_image() -> None:
    """Started once, a progress an evaluation, previews before the picture, the picture last."""
    engine = engine_of()
    engine.submit(order("a", steps=6, partial_images=2, guidance=3.0))
    events = run(engine)
    kinds = [str(event.type) for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "image"
    assert Counter(kinds) == {"started": 1, "progress": 6, "partial_image": 2, "image": 1}
    assert [event.step for event in events if event.type is EventType.PROGRESS] == [1, 2, 3, 4, 5, 6]
    assert [event.step for event in events if event.type is EventType.PARTIAL_IMAGE] == [2, 4]
    assert (events[-1].step, events[-1].num_steps, events[-1].finish_reason) == (6, 6, "stop")
    assert (events[-1].precision, len(events[-1].latent or b"")) == ("float32", 4 * 4 * 4 * 2)


def test_what_starts_is_told_before_the_call() -> None:
    """A call that kills the process has named its jobs: they are told before the model is called."""
    system = TinySystem()
    engine = engine_of(system)
    engine.submit(order("a"))
    first = next(engine.turn())
    assert ([event.type for event in first], system.calls) == ([EventType.STARTED], [])


def test_rows_and_gauges_count_what_was_executed() -> None:
    """The rows told with pictures are the rows the model saw, and so is the gauge."""
    system = TinySystem()
    engine = engine_of(system)
    for i, guidance in enumerate((1.0, 3.0, 3.0)):
        engine.submit(order(f"job{i}", guidance=guidance, steps=5 + i))
    events = run(engine)
    gauges = engine.gauges()
    assert sum(event.rows or 0 for event in events) == sum(system.calls) == gauges["rows_total"]
    assert gauges["calls_total"] == len(system.calls) == 7
    assert (gauges["evaluations_total"], gauges["pictures_total"]) == (18, 3)
    assert (gauges["waiting"], gauges["running"], gauges["remaining_evaluations"]) == (0, 0, 0)


def test_cancel_frees_the_row_at_the_next_call() -> None:
    """After a cancel the next call holds only the others, and the job says cancelled once."""
    system = TinySystem()
    engine = engine_of(system)
    engine.submit(order("a", guidance=1.0, num_images=3))
    engine.submit(order("b", guidance=1.0))
    turn(engine)
    assert [event.type for event in engine.cancel("a")] == [EventType.CANCELLED]
    assert engine.cancel("a") == []
    turn(engine)
    assert system.calls == [4, 1]
    assert set(pictures(run(engine))) == {("b", 0)}


def test_bad_rows_fail_alone() -> None:
    """A NaN, an error and an undecodable picture fail their own jobs; the mate has its solo bytes."""
    engine = engine_of(FaultySystem())
    for word in ("nan", "boom", "brokenpicture"):
        engine.submit(order(word, prompt=word, guidance=1.0))
    good = order("good")
    engine.submit(good)
    events = run(engine)
    errors = {event.job_id: event.error for event in events if event.type is EventType.FAILED}
    assert errors == {
        "nan": "the model's estimate is not a finite number",
        "boom": "RuntimeError: boom",
        "brokenpicture": "RuntimeError: cannot decode this",
    }
    assert pictures(events) == solo(good)


def test_short_memory_halves_the_budget_and_nobody_fails() -> None:
    """A call that does not fit is made again in halves, with the same bytes."""
    engine = engine_of(FaultySystem(), rows=16)
    orders = [order(f"job{i}", prompt="memory", guidance=1.0) for i in range(10)]
    for wanted in orders:
        engine.submit(wanted)
    events = run(engine)
    assert len(pictures(events)) == 10
    assert engine.gauges()["halvings_total"] >= 1
    assert engine.gauges()["budget_rows"] <= 6


def test_deadline_gives_the_best_so_far_or_refuses_as_asked() -> None:
    """At the deadline the last estimate is the picture, unless the request wants none or has none."""
    clock = Clock(100.0)
    engine = engine_of(clock=clock)
    engine.submit(order("best", 105.0, steps=8))
    engine.submit(order("none", 105.0, steps=8, at_deadline="fail"))
    for _ in range(3):
        turn(engine)
    clock.now = 106.0
    engine.submit(order("never", 105.5, steps=8))
    events = run(engine)
    (image,) = [event for event in events if event.type is EventType.IMAGE]
    assert (image.job_id, image.step, image.num_steps, image.finish_reason) == ("best", 3, 8, "deadline")
    failures = {event.job_id: event.error for event in events if event.type is EventType.FAILED}
    assert failures == {"none": REFUSED_LATE, "never": TOO_LATE}


def test_pictures_are_decoded_a_few_a_turn() -> None:
    """Eight pictures that finish together take two turns of four, and can be cancelled in between."""
    engine = engine_of()
    for job in ("a", "b"):
        engine.submit(order(job, num_images=4, steps=1, guidance=1.0))
    first = turn(engine)
    assert set(pictures(first)) == {("a", i) for i in range(4)}
    assert engine.has_work
    engine.cancel("b")
    assert not engine.has_work


def test_a_full_engine_refuses_and_a_missing_picture_alone_is_made() -> None:
    """More pictures than there is room for are refused; an order for index 2 alone has its bytes."""
    engine = engine_of(max_tasks=2)
    wanted = order("a", num_images=3, seed=5)
    with pytest.raises(QueueFull):
        engine.submit(wanted)
    engine.submit(Order("a", wanted.request, (2,)))
    assert pictures(run(engine)) == {("a", 2): solo(wanted)["a", 2]}
