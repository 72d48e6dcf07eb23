"""Fits the weights of fusion from events or from judgments, and puts them into the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bootstrap.training import Wanted, train_fusion
from app.cli.trainings.source import add_source, learned

if TYPE_CHECKING:
    import argparse

NAME = "fusion"
HELP = "Fit how loud each branch speaks in fusion, from what people did with answers or from judgments."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_source(parser, "weights")


def run(options: argparse.Namespace) -> int:
    """Fit, and say what the weights reach."""
    wanted = Wanted(options.name, seed=options.seed, judgments=options.judgments)
    package = learned(train_fusion, options, wanted)
    told = package.facts["metrics"]
    print(f"{package.id}: nDCG@10 {told['ndcg10_fused_held_out']:.4f} held out, ", end="")
    print(f"{told['ndcg10_equal_weights']:.4f} with equal weights")
    for name, weight in sorted(told["weights"].items(), key=lambda pair: -pair[1]):
        print(f"  {name:<12} weight {weight:.3f}  alone {told['ndcg10_branches'][name]:.4f}")
    return 0
