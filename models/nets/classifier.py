"""A small transformer that reads noisy latents and names the family and the weight of the icon in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from models.nets.blocks import Attend, Attention, Block, normalize
from models.nets.embeddings import NoiseLevel, RowLinear, rotary_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from models.diffusion.classifier_guidance import LogProbability


@dataclass(frozen=True, slots=True)
class ClassifierShape:
    """Sizes of a noise-aware classifier; `questions` names the classes of each."""

    width: int = 128
    depth: int = 4
    heads: int = 2
    hidden: int = 256
    channels: int = 16
    side: int = 8
    patch: int = 2
    questions: dict[str, tuple[str, ...]] = field(default_factory=dict)


class NoiseAwareClassifier(nn.Module):
    """p(class | x; sigma) for x = clean + sigma * noise, one softmax a question.

    Dhariwal & Nichol 2021, section 4. Rows are independent to the last bit on CPU, gradients included.
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, shape: ClassifierShape) -> None:
        super().__init__()
        self.shape = shape
        width, tokens = shape.width, shape.side // shape.patch
        self.picture = nn.Linear(shape.channels * shape.patch**2, width)
        self.places = nn.Parameter(0.02 * torch.randn(tokens**2, width))
        self.level = NoiseLevel(width)
        self.modulation = RowLinear(width, 6 * width)
        self.blocks = nn.ModuleList(
            Block(width, shape.heads, shape.hidden, skip=False) for _ in range(shape.depth)
        )
        self.answers = nn.ModuleDict(
            {name: RowLinear(width, len(classes)) for name, classes in shape.questions.items()}
        )
        cosine, sine = rotary_table(tokens, width // shape.heads)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    def forward(self, x: Tensor, sigma: Tensor) -> dict[str, Tensor]:
        """Return logits (B, classes) a question of x (B, C, side, side) at levels sigma (B,)."""
        scaled = x * (1 + sigma.square()).rsqrt()[:, None, None, None]  # unit variance at every level
        patches = functional.pixel_unshuffle(scaled, self.shape.patch).flatten(2).transpose(1, 2)
        pixels = self.picture(patches)
        pixels = pixels + self.places.to(pixels.dtype)  # (B, tokens^2, width)
        shared = self.modulation(functional.silu(self.level(sigma))).unflatten(-1, (6, -1))
        turn = self.cosine.to(pixels.dtype), self.sine.to(pixels.dtype)
        for block in self.blocks:
            pixels = block(pixels, None, shared, turn, None)
        pooled = normalize(pixels.float()).mean(1)  # (B, width)
        return {name: answer(pooled).float() for name, answer in self.answers.items()}

    def wanting(self, wishes: Sequence[Mapping[str, str]]) -> LogProbability:
        """Return log p(wished classes | x; sigma), summed over the questions of row i's `wishes[i]`.

        Raises ValueError for a question or a class that there is not, naming those there are.
        """
        picks = [[(name, self._place(name, wish[name])) for name in sorted(wish)] for wish in wishes]

        def log_probability(x: Tensor, sigma: Tensor) -> Tensor:
            logs = {name: logits.log_softmax(1) for name, logits in self(x, sigma).items()}
            nothing = 0.0 * x.flatten(1).sum(1)  # keeps rows that wish nothing in the graph
            told = [[logs[q][i, c] for q, c in row] for i, row in enumerate(picks)]
            return torch.stack([nothing[i] + sum(row) for i, row in enumerate(told)])

        return log_probability

    def attend_with(self, attend: Attend) -> None:
        """Use another implementation of attention in every block."""
        for module in self.modules():
            if isinstance(module, Attention):
                module.attend = attend

    def _place(self, question: str, name: str) -> int:
        if question not in self.shape.questions:
            raise ValueError(f"no question {question!r}; there are {', '.join(self.shape.questions)}")
        classes = self.shape.questions[question]
        if name not in classes:
            raise ValueError(f"{question} has no {name!r}; there are {', '.join(classes)}")
        return classes.index(name)
