"""The text encoder against sentence-transformers and against itself in other batches."""

from __future__ import annotations

import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from models.encoders import EncoderMissing, MiniLM, packaged_model

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = [-0.020007, 0.05739, 0.019168, 0.057202]  # of "a horse"
TEXTS = (
    "horse, Phosphor bold icon, red on white",
    "a horse",
    "Horse",
    "invoice overdue reminder that was sent by post and never came back to the office of the sender at all",
    "naïve café",
    "纸飞机",
    "",
    "x " * 400,
)


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    """The packaged encoder."""
    return MiniLM()


@pytest.mark.slow
def test_vectors_equal_those_of_sentence_transformers(encoder: MiniLM) -> None:
    """An independent implementation on the same weights gives the same vectors to 1e-5."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        reference = SentenceTransformer(str(packaged_model()), device="cpu")
        expected = reference.encode(list(TEXTS), normalize_embeddings=True, convert_to_numpy=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)


def test_vectors_are_the_known_ones(encoder: MiniLM) -> None:
    """The first numbers of one vector, computed once by sentence-transformers 6.2, are still the same."""
    vector = encoder.encode(["a horse"])[0]
    np.testing.assert_allclose(vector[:4], KNOWN, atol=1e-5)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_meaning_is_near(encoder: MiniLM) -> None:
    """A horse is nearer to a pony than to an invoice."""
    horse, pony, invoice = encoder.encode(["horse", "pony", "invoice"])
    assert horse @ pony > 0.6
    assert horse @ invoice < 0.4


def test_a_text_has_the_same_bits_in_every_batch(encoder: MiniLM) -> None:
    """Alone or among other, longer and shorter, texts a vector is bit for bit the same."""
    together = encoder.encode(TEXTS)
    for i, text in enumerate(TEXTS):
        assert np.array_equal(encoder.encode([text])[0], together[i])


def test_nothing_in_gives_nothing_out(encoder: MiniLM) -> None:
    """No texts give no vectors."""
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.condition([], 20).tokens.shape == (0, 20, 384)


def test_conditioning_holds_the_states_before_pooling(encoder: MiniLM) -> None:
    """The mean of the real tokens, at unit length, is the pooled vector, which is the sentence vector."""
    cond = encoder.condition(TEXTS[:2], 20)
    assert cond.mask.sum(1).tolist() == [14, 4]
    assert not cond.tokens[~cond.mask].any()
    mean = cond.tokens.sum(1) / cond.mask.sum(1, keepdim=True)
    torch.testing.assert_close(mean / mean.norm(dim=1, keepdim=True), cond.pooled)
    np.testing.assert_allclose(cond.pooled.numpy(), encoder.encode(TEXTS[:2]), atol=1e-6)


def test_the_empty_prompt_is_unconditional(encoder: MiniLM) -> None:
    """No token, no pooled vector, and its neighbour is untouched."""
    cond = encoder.condition(["", "a horse", "  "], 20)
    assert cond.mask.sum(1).tolist() == [0, 4, 0]
    assert not cond.tokens[[0, 2]].any()
    assert not cond.pooled[[0, 2]].any()
    assert torch.equal(cond.tokens[1], encoder.condition(["a horse"], 20).tokens[0])


def test_long_prompts_are_cut(encoder: MiniLM) -> None:
    """A prompt of four hundred words fills the given length and no more."""
    assert encoder.condition(["x " * 400], 20).mask.sum(1).tolist() == [20]


def test_threads_do_not_disturb_each_other(encoder: MiniLM) -> None:
    """Calls with different lengths from several threads each get what they would get alone."""
    expected = {length: encoder.condition(["x " * 50], length).tokens for length in (8, 12, 20, 30)}
    with ThreadPoolExecutor(4) as pool:
        calls = [(n, pool.submit(encoder.condition, ["x " * 50], n)) for n in (8, 12, 20, 30) * 5]
        assert all(torch.equal(call.result().tokens, expected[n]) for n, call in calls)


def test_an_unusable_folder_is_refused(tmp_path: Path) -> None:
    """A folder without configuration, or of another architecture, raises EncoderMissing."""
    with pytest.raises(EncoderMissing, match=r"config\.json"):
        MiniLM(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"hidden_act": "relu"}))
    with pytest.raises(EncoderMissing, match="GELU"):
        MiniLM(tmp_path)
