"""A user's own CLIP or SigLIP, with transformers itself as the oracle."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from models.adapters.clip import ImageTextModel
from models.adapters.libraries import AdapterMissing, found
from models.checkpoint import CheckpointError
from tests.models.adapters import checkpoints

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from models.types import DualEncoder

transformers: Any = pytest.importorskip("transformers", reason="needs trouvere[diffusers]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

TEXTS = ["a red cat", "clock", "", "the quick brown fox jumps over the lazy dog again and again"]
TOWER = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
SEEN = {"image_size": 16, "patch_size": 8}


def save_clip(folder: Path) -> None:
    """A CLIP whose towers are 16 wide and whose shared space is 8."""
    text = {
        **TOWER,
        "vocab_size": len(checkpoints.clip_tokenizer()),
        "max_position_embeddings": checkpoints.TEXT_LENGTH,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    config = transformers.CLIPConfig(text_config=text, vision_config={**TOWER, **SEEN}, projection_dim=8)
    _save(folder, found("CLIPModel")(config), checkpoints.clip_tokenizer(), "CLIPImageProcessorPil")


def save_siglip(folder: Path) -> None:
    """A SigLIP whose towers end in the shared space of 16."""
    text = {**TOWER, "vocab_size": 64, "max_position_embeddings": checkpoints.TEXT_LENGTH}
    config = transformers.SiglipConfig(text_config=text, vision_config={**TOWER, **SEEN})
    _save(folder, found("SiglipModel")(config), checkpoints.t5_tokenizer(), "SiglipImageProcessorPil")


def _save(folder: Path, model: Any, tokenizer: Any, processor: str) -> None:
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = {"shortest_edge": 16} if processor.startswith("CLIP") else {"height": 16, "width": 16}
    found(processor)(size=size, crop_size={"height": 16, "width": 16}).save_pretrained(folder)


@pytest.fixture(params=[save_clip, save_siglip], ids=["clip", "siglip"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each kind, randomly initialised."""
    torch.manual_seed(0)
    place = tmp_path / "mine"
    request.param(place)
    return place


def picture(seed: int, size: tuple[int, int] = (40, 24)) -> Image.Image:
    """Random pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def theirs(folder: Path) -> tuple[Any, Any]:
    """The model and the picture processor as transformers loads them."""
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
    kind = "CLIPImageProcessorPil" if model.config.model_type == "clip" else "SiglipImageProcessorPil"
    return model, found(kind).from_pretrained(folder, local_files_only=True)


def unit(features: torch.Tensor) -> np.ndarray:
    """Rows of unit length."""
    return torch.nn.functional.normalize(features, dim=-1).numpy()


def test_words_and_pictures_are_transformers_own_features(folder: Path) -> None:
    """Both sides are get_text_features and get_image_features of the same model, to unit length."""
    encoder: DualEncoder = ImageTextModel.load(folder)
    model, processor = theirs(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    pictures = [picture(1), picture(2, (16, 70))]
    ids = tokenizer(
        TEXTS, padding="max_length", max_length=checkpoints.TEXT_LENGTH, truncation=True, return_tensors="pt"
    ).input_ids
    with torch.no_grad():
        words = model.get_text_features(input_ids=ids).pooler_output
        seen = model.get_image_features(**processor(images=pictures, return_tensors="pt")).pooler_output
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), unit(words), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_pictures(pictures), unit(seen), atol=1e-5)
    assert encoder.dim == words.shape[1] == seen.shape[1]
    assert encoder.name == "mine"


def test_padding_says_nothing_to_clip(tmp_path: Path) -> None:
    """CLIP's vectors are those of texts padded no further than the longest, with their mask."""
    save_clip(tmp_path)
    model, _ = theirs(tmp_path)
    told = transformers.AutoTokenizer.from_pretrained(tmp_path)(TEXTS[:3], padding=True, return_tensors="pt")
    with torch.no_grad():
        words = model.get_text_features(**told).pooler_output
    np.testing.assert_allclose(ImageTextModel.load(tmp_path).encode_texts(TEXTS[:3]), unit(words), atol=1e-5)


def test_a_row_does_not_depend_on_its_mates(folder: Path) -> None:
    """Alone or in a batch, the bits are the same."""
    encoder = ImageTextModel.load(folder)
    pictures = [picture(seed) for seed in range(3)]
    together = encoder.encode_texts(TEXTS), encoder.encode_pictures(pictures)
    alone = (
        np.concatenate([encoder.encode_texts([text]) for text in TEXTS]),
        np.concatenate([encoder.encode_pictures([each]) for each in pictures]),
    )
    assert all(np.array_equal(*pair) for pair in zip(together, alone, strict=True))


def test_transparent_pixels_are_white_paper(folder: Path) -> None:
    """Ink behind an alpha channel is seen on white, whatever colour hides under what is transparent."""
    encoder = ImageTextModel.load(folder)
    layered = Image.new("RGBA", (16, 16), (9, 200, 30, 0))
    layered.paste((255, 0, 0, 255), (4, 4, 12, 12))
    flat = Image.new("RGB", (16, 16), (255, 255, 255))
    flat.paste((255, 0, 0), (4, 4, 12, 12))
    assert np.array_equal(encoder.encode_pictures([layered]), encoder.encode_pictures([flat]))
    grey = picture(5).convert("L")
    assert np.array_equal(encoder.encode_pictures([grey]), encoder.encode_pictures([grey.convert("RGB")]))


def test_nothing_gives_no_rows(folder: Path) -> None:
    """No texts and no pictures are empty arrays of the right width."""
    encoder = ImageTextModel.load(folder)
    assert encoder.encode_texts([]).shape == encoder.encode_pictures([]).shape == (0, encoder.dim)


def test_pickles_are_refused_by_name(folder: Path) -> None:
    """pytorch_model.bin without safetensors is an error, and it is not opened."""
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").mkdir()
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin is pickled"):
        ImageTextModel.load(folder)


def test_another_kind_of_model_is_refused(folder: Path) -> None:
    """The error says what the folder is and what is known."""
    config = folder / "config.json"
    kind = "siglip" if '"model_type": "siglip"' in config.read_text() else "clip"
    config.write_text(config.read_text().replace(f'"model_type": "{kind}"', '"model_type": "blip"'))
    with pytest.raises(CheckpointError, match="of a blip; known here are clip, siglip"):
        ImageTextModel.load(folder)


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "tokenizer_config.json"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    """Each file that is needed is asked for by name."""
    (folder / file).unlink()
    with pytest.raises(FileNotFoundError, match=file):
        ImageTextModel.load(folder)


def test_without_the_library_the_extra_is_named(folder: Path) -> None:
    """Where transformers is not installed the error says what to install."""

    def importer(module: str) -> ModuleType:
        if module.startswith("transformers"):
            raise ModuleNotFoundError(f"No module named {module!r}", name="transformers")
        return import_module(module)

    with pytest.raises(AdapterMissing, match=r"trouvere\[diffusers\]"):
        ImageTextModel.load(folder, importer=importer)


def test_siglip_s_own_tokenizer_is_read(tmp_path: Path) -> None:
    """A SentencePiece model, as SigLIP is published with, gives the vectors of its own ids."""
    sentencepiece: Any = pytest.importorskip("sentencepiece", reason="needs trouvere[diffusers]")
    pytest.importorskip("google.protobuf", reason="needs trouvere[diffusers]")
    save_siglip(tmp_path)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / file).unlink()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a red cat and a clock", "the quick brown fox jumps over the lazy dog"] * 4),
        model_prefix=str(tmp_path / "spiece"),
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    (tmp_path / "tokenizer_config.json").write_text(
        f'{{"tokenizer_class": "SiglipTokenizer", "model_max_length": {checkpoints.TEXT_LENGTH}}}'
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "spiece.model"))
    ids = [*pieces.encode("a red cat"), pieces.eos_id()]
    ids += [pieces.eos_id()] * (checkpoints.TEXT_LENGTH - len(ids))  # SigLIP pads with its end
    model, _ = theirs(tmp_path)
    with torch.no_grad():
        words = model.get_text_features(input_ids=torch.tensor([ids])).pooler_output
    np.testing.assert_allclose(
        ImageTextModel.load(tmp_path).encode_texts(["A red cat!"]), unit(words), atol=1e-5
    )
