"""Coverage: densities as percentiles of wording that was held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.catalog import find_model
from models.checkpoint import read_config, write_config
from models.encoders import MiniLM
from models.flow.coverage import COVERAGE_FILE, Coverage
from models.flow.flow import FlowShape, build, calibrate, save
from models.train.flow import weigh
from models.train.probes import COVERED, FOREIGN


@pytest.fixture(scope="module")
def rows() -> torch.Tensor:
    """Unit vectors around one direction, (400, 8)."""
    noise = torch.randn(400, 8, generator=torch.Generator().manual_seed(0))
    return functional.normalize(noise + 4 * torch.eye(8)[0], dim=1)


@pytest.fixture
def folder(rows: torch.Tensor, tmp_path: Path) -> Path:
    """A folder with a calibrated flow and the quantiles of the first rows' densities."""
    flow = build(FlowShape(dim=8, sphere=True, num_layers=2, hidden=8))
    calibrate(flow, rows)
    save(flow, tmp_path, half=True)
    with torch.inference_mode():
        known = flow.log_prob(rows[:200]).numpy()
    quantiles = np.quantile(known, np.linspace(0, 1, 101)).tolist()
    write_config(tmp_path / COVERAGE_FILE, {"text_encoder": "words", "quantiles": quantiles})
    return tmp_path


def test_percentiles_of_what_is_alike_are_even(folder: Path, rows: torch.Tensor) -> None:
    """Rows of the same kind spread evenly over the percentiles; rows from elsewhere lie below all."""
    coverage = Coverage.load(folder)
    assert (coverage.text_encoder, coverage.dim) == ("words", 8)
    shares = coverage.percentile(coverage.log_density(rows[200:].numpy()))
    assert abs(float(shares.mean()) - 0.5) < 0.08
    assert coverage.percentile(coverage.log_density(-rows[:20].numpy())).max() == 0.0


def test_the_threshold_cuts_off_its_share(folder: Path, rows: torch.Tensor) -> None:
    """One in ten of the rows that the quantiles come from lies below the threshold of a tenth."""
    coverage = Coverage.load(folder)
    below = coverage.log_density(rows[:200].numpy()) < coverage.threshold(0.1)
    assert below.mean() == pytest.approx(0.1, abs=0.011)


def test_a_row_never_feels_its_mates(folder: Path, rows: torch.Tensor) -> None:
    """Alone and among others a vector has the same density to the bit, whatever its length."""
    coverage, some = Coverage.load(folder), rows[:9].numpy()
    alone = np.concatenate([coverage.log_density(row[None]) for row in some])
    assert np.array_equal(coverage.log_density(some), alone)
    assert np.allclose(coverage.log_density(3 * some), alone, atol=1e-3)


def test_other_widths_are_refused(folder: Path) -> None:
    """The error says which width is read."""
    with pytest.raises(ValueError, match=r"\(B, 8\)"):
        Coverage.load(folder).log_density(np.zeros((2, 7)))


def test_a_folder_without_one_says_so(folder: Path, tmp_path: Path) -> None:
    """A folder is asked before it is loaded."""
    assert Coverage.shipped_in(folder)
    assert not Coverage.shipped_in(tmp_path / "nowhere")


def test_the_shipped_coverage_knows_its_collection() -> None:
    """Wording of icons lies above, sentences of other fields below, the fifth percentile; as recorded."""
    folder = Path(find_model("trouvere-icons").directory)
    coverage, encoder = Coverage.load(folder), MiniLM()
    found = weigh(coverage, encoder.encode(COVERED[::5]), encoder.encode(FOREIGN[::5]))
    assert found["auc"] > 0.95
    evidence = read_config(folder / COVERAGE_FILE)["evidence"]
    assert evidence["held_out_nats_per_dimension"] > evidence["gaussian_nats_per_dimension"] + 0.1
