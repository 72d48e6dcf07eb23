"""Whole runs on a handful of pictures: train, resume, pack, serve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from models.catalog import find_model
from models.encoders.dual import IconTextModel
from models.flow.coverage import Coverage
from models.icons import load_icons, render_picture
from models.latent import LatentSystem
from models.latent.parts import load_weak
from models.train import KINDS, run
from models.train.config import load_recipe
from models.train.data import read_folder
from models.train.launch import recipe_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve icons of 64 pixels a side in the import form."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = []
    for i, icon in enumerate(load_icons()[::1400]):
        render_picture(icon, 64).save(folder / f"{i}.png")
        rows.append({"file_name": f"{i}.png", "title": icon.title, "tags": list(icon.tags)})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="module")
def output(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short autoencoder run."""
    output = tmp_path_factory.mktemp("runs")
    run("autoencoder", overrides=[*_common(output, pictures, 40), *_small_autoencoder()])
    return output


def _common(output: Path, pictures: Path, steps: int) -> list[str]:
    schedule = {"steps": steps, "batch": 4, "warmup": 4}
    return [
        f'output="{output}"',
        f'data.source="{pictures}"',
        "data.size=64",
        "threads=1",
        *(f"schedule.{name}={value}" for name, value in schedule.items()),
    ]


def _small_autoencoder() -> list[str]:
    return [
        "model.widths=[16, 16, 32]",
        "model.encoder_blocks=[0, 0, 1]",
        "model.decoder_blocks=[0, 0, 1]",
        "model.channels=4",
    ]


def _denoiser(output: Path, pictures: Path, name: str, until: int | None = None) -> dict[str, torch.Tensor]:
    shape = {"width": 32, "depth": 3, "heads": 2, "hidden": 32, "channels": 4, "side": 4}
    overrides = [
        *_common(output, pictures, 6),
        f'name="{name}"',
        'objective.name="tiny"',
        f'objective.autoencoder="{output / "autoencoder"}"',
        *(f"model.{key}={value}" for key, value in shape.items()),
    ]
    folder = run("denoiser", recipe_path("denoiser"), overrides, until)
    state: dict[str, torch.Tensor] = torch.load(folder / "checkpoint.pt", weights_only=True)["average"]
    return state


def _titled(folder: Path) -> Path:
    """Twelve more rows of the same pictures, so that a title in twenty is one."""
    rows = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    more = [{"file_name": row["file_name"], "text": f"{row['title']} {i}"} for i in range(3) for row in rows]
    target = folder / "titled"
    target.mkdir(exist_ok=True)
    for row in rows:
        (target / row["file_name"]).write_bytes((folder / row["file_name"]).read_bytes())
    (target / "metadata.jsonl").write_text("\n".join(map(json.dumps, more)))
    return target


def _resumed(kind: str, overrides: list[str], folder: Path) -> bool:
    """Tell whether a run that stopped half way goes on to the bits of a whole one."""
    states = []
    for name, stops in (("whole", [None]), ("parts", [3, None])):
        for until in stops:
            run(kind, overrides=[*overrides, f'name="{kind}-{name}"'], until=until)
        states.append(torch.load(folder / f"{kind}-{name}" / "checkpoint.pt", weights_only=True)["average"])
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_an_autoencoder_learns(output: Path) -> None:
    """Forty steps lower the error, and the finished weights lie beside their shape."""
    rows = [json.loads(line) for line in (output / "autoencoder" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["l1"] < rows[0]["l1"]
    assert (output / "autoencoder" / "autoencoder.safetensors").exists()


def test_a_denoiser_resumes_packs_and_serves(output: Path, pictures: Path) -> None:
    """Stopped and resumed it has the same bits as in one go; packed, it loads and denoises."""
    whole = _denoiser(output, pictures, "whole")
    _denoiser(output, pictures, "parts", until=3)
    resumed = _denoiser(output, pictures, "parts")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    model = find_model(str(output / "whole" / "system"))
    assert model.name == "tiny"
    system = LatentSystem.load(model.directory)
    assert (system.name, system.latent_shape, system.picture_size) == ("tiny", (4, 4, 4), 64)
    x = torch.randn(2, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    clean = system.denoise(x, torch.tensor([0.5, 2.0]), system.condition(["a horse", ""]))
    assert not torch.equal(clean, x)
    assert np.array_equal(system.decode(clean), system.decode(clean.clone()))


def test_a_flow_resumes_and_tells_its_coverage(output: Path, pictures: Path) -> None:
    """What is served tells icons' wording from other sentences, with percentiles and the evidence."""
    overrides = [*_common(output, _titled(pictures), 6), "model.num_layers=2", "model.hidden=8"]
    assert _resumed("flow", overrides, output)
    target = output / "flow-whole" / "system"
    evidence = json.loads((target / "coverage.json").read_text())["evidence"]
    assert evidence["auc"] > 0.7
    assert evidence["held_out_rows"] == 2
    coverage = Coverage.load(target)
    assert (coverage.dim, coverage.text_encoder, len(coverage.quantiles)) == (384, "all-MiniLM-L6-v2", 101)


def test_a_dual_encoder_resumes_and_loads(output: Path, pictures: Path) -> None:
    """Trained on a folder of captioned pictures it finds the picture of most captions."""
    model = ["model.size=32", "model.hidden=32", "model.dim=16", "objective.dropout=0.1"]
    overrides = [*_common(output, pictures, 60), *model, "schedule.batch=12", "schedule.learning_rate=0.01"]
    assert _resumed("contrastive", overrides, output)
    dual = IconTextModel.load(output / "contrastive-whole" / "system")
    rows = read_folder(pictures)
    seen = dual.encode_pictures([Image.open(row.path) for row in rows])
    told = dual.encode_texts([row.caption for row in rows])
    assert ((told @ seen.T).argmax(1) == np.arange(12)).mean() > 0.5


def test_a_weaker_denoiser_is_packed_alone(output: Path, pictures: Path) -> None:
    """Only what lies beside a system is written: the weaker net of the same latents."""
    shape = {"width": 32, "depth": 1, "heads": 2, "hidden": 32, "channels": 4, "side": 4}
    autoencoder = f'objective.autoencoder="{output / "autoencoder"}"'
    run("weak", overrides=[*_common(output, pictures, 2), autoencoder, *_fields("model", shape)])
    weak = load_weak(output / "weak" / "system")
    assert weak is not None
    assert weak.net.shape.width == 32
    assert {path.name for path in (output / "weak" / "system").iterdir()} == {"weak.json", "weak.safetensors"}


def test_a_few_step_head_resumes_and_serves_beside_its_teacher(output: Path, pictures: Path) -> None:
    """It learns, resumes to the same bits, and draws where it is laid beside the system that taught it."""
    _denoiser(output, pictures, "teacher")
    teacher = output / "teacher" / "system"
    taught = [f'objective.teacher="{teacher}"', "objective.pool=128", "objective.substeps=1", "model.rank=2"]
    overrides = [*_common(output, pictures, 40), *taught, "schedule.batch=28", "schedule.learning_rate=0.01"]
    assert _resumed("few", overrides, output)
    rows = [json.loads(line) for line in (output / "few-whole" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < rows[0]["loss"]
    for path in (output / "few-whole" / "system").iterdir():
        (teacher / path.name).write_bytes(path.read_bytes())
    system = LatentSystem.load(teacher)
    assert system.guidances == ("classifier_free", "distilled")
    x, sigma = 40.0 * torch.randn(2, 4, 4, 4), torch.tensor([40.0, 40.0])
    ends = [system.jump(x, sigma, None, torch.full((2,), target)) for target in (0.0, 1.0)]
    assert not torch.equal(*ends)
    assert not torch.equal(ends[0], system.denoise(x, sigma, None))


def test_every_kind_has_its_recipe() -> None:
    """Each kind that can be trained ships a recipe that can be read; what is none names those there are."""
    assert all(load_recipe(recipe_path(kind)).name == kind for kind in KINDS)
    with pytest.raises(ValueError, match="autoencoder, denoiser"):
        run("parrot")


def _fields(section: str, values: dict[str, int]) -> list[str]:
    return [f"{section}.{name}={value}" for name, value in values.items()]
