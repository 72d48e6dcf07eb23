"""Holds the tests to mirroring the code: where a thing is tested can be told from its name."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.sources import ROOMS, ROOT, sources

# Files whose behaviour shows only through others; each names the test that would fail.
TESTED_BY: dict[str, str] = {
    "app/api/discovery.py": "tests/flows/test_discover.py",
    "app/api/pictures.py": "tests/flows/test_images.py",
    "app/api/routes/embeddings.py": "tests/flows/test_openai.py",
    "app/api/routes/events.py": "tests/flows/test_items.py",
    "app/api/routes/rankers.py": "tests/flows/test_rankers.py",
    "app/api/routes/search_log.py": "tests/flows/test_rankers.py",
    "app/api/schemas/rankers.py": "tests/flows/test_rankers.py",
    "app/bootstrap/judged.py": "tests/flows/test_rankers.py",
    "app/bootstrap/offline.py": "tests/flows/test_rankers.py",
    "app/bootstrap/rankers.py": "tests/flows/test_rankers.py",
    "app/bootstrap/training.py": "tests/app/ranking/test_training.py",
    "app/cli/rankers.py": "tests/flows/test_rankers.py",
    "app/cli/trainings/fusion.py": "tests/flows/test_rankers.py",
    "app/cli/trainings/ranker.py": "tests/flows/test_rankers.py",
    "app/cli/trainings/source.py": "tests/flows/test_rankers.py",
    "app/domain/exposures.py": "tests/app/store/test_exposures.py",
    "app/ranking/watching.py": "tests/app/ranking/test_rankers.py",
    "app/api/routes/experiments.py": "tests/flows/test_experiments.py",
    "app/api/schemas/experiments.py": "tests/flows/test_experiments.py",
    "app/bootstrap/experiments.py": "tests/flows/test_experiments.py",
    "app/api/routes/images.py": "tests/flows/test_images.py",
    "app/generate/encoded.py": "tests/app/generate/test_prime.py",
    "app/generate/finds.py": "tests/flows/test_edits.py",
    "app/api/routes/items.py": "tests/flows/test_items.py",
    "app/api/routes/jobs.py": "tests/flows/test_images.py",
    "app/api/routes/models.py": "tests/flows/test_openai.py",
    "app/api/routes/operations.py": "tests/flows/test_operations.py",
    "app/api/routes/proofs.py": "tests/flows/test_edits.py",
    "app/api/routes/search.py": "tests/flows/test_search.py",
    "app/bootstrap/discover.py": "tests/flows/test_discover.py",
    "app/api/routes/synonyms.py": "tests/flows/test_recall.py",
    "app/bootstrap/looks.py": "tests/flows/test_recall.py",
    "app/bootstrap/service.py": "tests/flows/test_operations.py",
    "app/bootstrap/tools.py": "tests/flows/test_operations.py",
    "app/bootstrap/views.py": "tests/flows/test_operations.py",
    "app/cli/bench.py": "tests/app/cli/benches/test_generate.py",
    "app/cli/export.py": "tests/flows/test_operations.py",
    "app/cli/import_.py": "tests/flows/test_operations.py",
    "app/cli/rebuild.py": "tests/flows/test_operations.py",
    "app/cli/serve.py": "tests/flows/test_operations.py",
    "app/cli/snapshot.py": "tests/flows/test_operations.py",
    "app/cli/groups.py": "tests/app/cli/test_main.py",
    "app/cli/evaluate.py": "tests/flows/test_evaluate.py",
    "app/cli/evaluations/search.py": "tests/flows/test_evaluate.py",
    "app/cli/learning.py": "tests/flows/test_simulate.py",
    "app/cli/simulate.py": "tests/flows/test_simulate.py",
    "app/cli/train.py": "tests/app/cli/test_main.py",
    "app/cli/evaluations/generator.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/autoencoder.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/denoiser.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/reuse.py": "tests/models/train/test_reuse.py",
    "app/cli/trainings/classifier.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/contrastive.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/flow.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/judge.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/weak.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/few.py": "tests/app/cli/test_main.py",
    "app/cli/trainings/recipes.py": "tests/app/cli/test_main.py",
    "app/api/routes/trending.py": "tests/flows/test_people.py",
    "app/api/routes/users.py": "tests/flows/test_people.py",
    "app/api/schemas/users.py": "tests/flows/test_people.py",
    "app/bootstrap/people.py": "tests/flows/test_people.py",
    "indexes/behavior/changes.py": "tests/indexes/behavior/test_activity.py",
    "indexes/behavior/saved.py": "tests/indexes/behavior/test_activity.py",
    "indexes/behavior/crowd.py": "tests/app/ingest/test_learning.py",
    "app/domain/engine.py": "tests/app/worker/test_engine.py",
    "app/domain/errors.py": "tests/app/api/test_errors.py",
    "app/domain/log.py": "tests/app/store/test_log.py",
    "app/domain/ports.py": "tests/app/store/test_store.py",
    "app/main.py": "tests/flows/test_operations.py",
    "app/services.py": "tests/flows/test_operations.py",
    "models/evaluate/judge.py": "tests/models/evaluate/test_generator.py",
    "models/evaluate/report.py": "tests/models/evaluate/test_generator.py",
    "models/evaluate/samples.py": "tests/models/evaluate/test_generator.py",
    "models/icons/brands.py": "tests/models/icons/test_fonts.py",
    "models/nets/blocks.py": "tests/models/nets/test_denoiser.py",
    "models/nets/dit.py": "tests/models/nets/test_denoiser.py",
    "models/train/autoencoder.py": "tests/models/train/test_launch.py",
    "models/train/cache.py": "tests/models/train/test_launch.py",
    "models/train/contrastive.py": "tests/models/train/test_launch.py",
    "models/train/curves.py": "tests/models/train/test_launch.py",
    "models/train/denoiser.py": "tests/models/train/test_launch.py",
    "models/train/export.py": "tests/models/train/test_launch.py",
    "models/train/flow.py": "tests/models/train/test_launch.py",
    "models/train/histograms.py": "tests/models/train/test_launch.py",
    "models/train/optimizers.py": "tests/models/train/test_loop.py",
    "models/train/probes.py": "tests/models/train/test_launch.py",
    "models/train/sheets.py": "tests/models/train/test_launch.py",
    "models/train/weak.py": "tests/models/train/test_launch.py",
    "models/train/wording.py": "tests/models/train/test_launch.py",
    "models/types.py": "tests/models/encoders/test_minilm.py",
}


def mirrored(path: Path) -> Path:
    """Return where the tests of a code file live."""
    return Path("tests") / path.parent / f"test_{path.name}"


def test_every_test_has_its_code() -> None:
    """A test under a mirrored folder is named after a file or a folder of the code."""
    strays = []
    for path in sources(*(f"tests/{room}" for room in ROOMS)):
        if not path.name.startswith("test_"):
            continue
        code = Path(*path.parts[1:-1]) / path.name.removeprefix("test_")
        if not (ROOT / code).exists() and not (ROOT / code.with_suffix("")).is_dir():
            strays.append(str(path))
    assert strays == []


def test_every_file_has_its_test() -> None:
    """A code file has a mirrored test, or names the test elsewhere that would fail without it."""
    missing = [
        str(path)
        for path in sources(*ROOMS)
        if path.name not in {"__init__.py", "__main__.py"}
        and not (ROOT / mirrored(path)).exists()
        and not (ROOT / TESTED_BY.get(str(path), "nowhere")).exists()
    ]
    assert missing == []


def test_every_exception_is_still_needed() -> None:
    """An entry of TESTED_BY names a file that exists and has no mirrored test."""
    stale = [
        code for code in TESTED_BY if not (ROOT / code).exists() or (ROOT / mirrored(Path(code))).exists()
    ]
    assert stale == []
