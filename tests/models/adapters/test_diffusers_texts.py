"""Prompts as the pipelines of diffusers encode them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from models.adapters.diffusers_system import DiffusersSystem
from tests.models.adapters.pairs import PROMPTS, T5, Pair

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_words_become_what_the_pipeline_makes_of_them(pair: Pair) -> None:
    """Tokens and pooled vectors, of the empty prompt too, are those of the pipeline's encode_prompt."""
    cond = pair.ours.condition([*PROMPTS, ""])
    empty: dict[str, Any] = {}
    if pair.is_flow:
        length = {"max_sequence_length": T5}
        first = {"prompt_2": None} if pair.layout == "flux" else {"prompt_2": None, "prompt_3": None}
        answers = [pair.theirs.encode_prompt(text, **first, **length) for text in (PROMPTS, "")]
        tokens = [answer[0] for answer in answers]
        pooled = [answer[1] if pair.layout == "flux" else answer[2] for answer in answers]
        torch.testing.assert_close(cond.pooled, torch.cat(pooled))
    elif pair.layout == "sdxl":
        tokens_of, silence, pooled_of, nothing = pair.theirs.encode_prompt(PROMPTS)
        tokens = [tokens_of, silence[:1]]
        torch.testing.assert_close(cond.pooled, torch.cat([pooled_of, nothing[:1]]))
    else:
        empty = {"device": "cpu", "num_images_per_prompt": 1, "do_classifier_free_guidance": True}
        prompted, unprompted = pair.theirs.encode_prompt(PROMPTS, **empty)
        tokens = [prompted, unprompted[:1]]
    torch.testing.assert_close(cond.tokens, torch.cat(tokens))
    assert cond.mask.shape == (3, pair.ours.length)
    assert cond.mask.all()


def test_another_length_is_refused(small: Path) -> None:
    """The network is told as many tokens as it was trained with."""
    with pytest.raises(ValueError, match="12 text tokens"):
        DiffusersSystem.load(small).condition(["cat"], 5)
