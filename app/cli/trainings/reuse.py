"""Measures from which noise level a found picture helps, and writes the table beside a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

NAME = "reuse"
HELP = "Measure how far back to noise a found picture must go to help a model, by how like its words are."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--model", default="trouvere-icons", help="a shipped model, or the folder of a packed one"
    )
    parser.add_argument("--concepts", type=int, default=24, help="icons that prompts are about (24)")
    parser.add_argument("--pairs", type=int, default=24, help="pairs measured in each bin of similarity (24)")
    parser.add_argument(
        "--epsilon", type=float, default=0.01, help="quality that may be lost on average (0.01)"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is drawn is drawn from it (1)")
    parser.add_argument("--threads", type=int, default=1, help="threads of the measurement (1)")


def run(options: argparse.Namespace) -> int:
    """Measure and write."""
    import torch

    from models.catalog import UnknownModel, find_model
    from models.encoders.minilm import MiniLM
    from models.icons import load_icons
    from models.latent.system import LatentSystem
    from models.train.reuse import Settings, calibrate, quality_by
    from models.train.shelf import Shelf

    try:
        folder = find_model(options.model).directory
    except UnknownModel as error:
        print(error.args[0])
        return 2
    torch.set_num_threads(options.threads)
    encoder = MiniLM()
    settings = Settings(options.concepts, options.pairs, options.epsilon, options.seed)
    system = LatentSystem.load(folder, encoder)
    icons = load_icons()
    known = [icon for icon in icons if not icon.brand]
    shelf = Shelf(system, encoder, known, Path("runs/cache")) if system.neighbours else None
    table = calibrate(system, encoder, icons, settings, _say, quality_by(encoder), shelf)
    for origin, steps in table.steps.items():
        helps = [step for step in steps if step.sigma is not None]
        said = ", ".join(f"{step.similarity:g} from sigma {step.sigma:g}" for step in helps)
        print(f"{origin}: {said or 'nothing helps'}")
    print(f"written to {table.write(folder)}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
