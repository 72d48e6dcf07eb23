"""Holds every setting of the service, each also an environment variable `TROUVERE_<NAME>`."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain.rankers import ANONYMOUS
from app.domain.vectors import VectorField, check_fields

MEBIBYTE = 1024 * 1024
KEY_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def is_loopback(host: str) -> bool:
    """True when `host` names only this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def named_keys(text: str) -> dict[str, object]:
    """Return keys by name: those of a JSON object, or of a list with commas by their place in it."""
    if not text.lstrip().startswith("{"):
        listed = (key.strip() for key in text.split(","))
        return {f"key-{place}": key for place, key in enumerate(filter(None, listed), start=1)}
    try:
        named: dict[str, object] = json.loads(text)
    except ValueError:  # whose words may repeat a key
        message = "api_keys: what begins like JSON is none"
        raise ValueError(message) from None
    return named


class Settings(BaseSettings):
    """What one process is told at its start; nothing here changes while it runs."""

    model_config = SettingsConfigDict(
        env_prefix="TROUVERE_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    data: Path = Field(Path("data"), description="Folder that holds the log, the snapshots and caches.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    allow_open: bool = Field(
        False, description="Listen beyond loopback without a key. Say so in words: nothing protects it then."
    )
    api_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default={},
        description='Keys that open `/v1/…`: named, as JSON `{"ann": "…"}`, or separated by commas and then '
        "named `key-1`, `key-2`, …; none leaves it open on loopback.",
    )
    catalog: Literal["icons", "none"] = Field(
        "none", description="Collection to import at the first start: `icons` or `none`."
    )
    store_url: str | None = Field(
        None, description="SQLAlchemy URL of the log; SQLite in the data folder when empty."
    )
    encoder: str = Field(
        "minilm", description="Text encoder: `minilm`, `none`, or the path of a sentence-transformers folder."
    )
    image_encoder: str = Field(
        "dual",
        description="Encoder of pictures and words: `dual` (shipped), `none`, or the path of a CLIP folder.",
    )
    vector_fields: dict[str, VectorField] = Field(
        default={},
        description='Callers\' own vectors, as JSON: `{"style": {"dim": 512, "metric": "cosine"}}` (ip, l2)',
    )
    model: str = Field(
        "trouvere-icons",
        description="Generator to load: a name of the catalog, a model's folder (diffusers' too), or `none`.",
    )
    fusion: str = Field("convex", description="Fusion when a request names none.")
    ranker_deadline_ms: float = Field(
        50.0, gt=0, le=10_000, description="Longest a ranker may take; then the fused order stands."
    )
    features_file: Path | None = Field(
        None, description="TOML or JSON file of features made from attributes and other features."
    )
    exposure_rate: float = Field(
        1.0, ge=0, le=1, description="Share of users and sessions whose answers are kept to learn from."
    )
    exposures_per_s: float = Field(
        20.0, ge=0, description="Answers a second kept of searches that name neither user nor session."
    )
    exposure_rows: int = Field(200_000, ge=1, description="Newest answers that are kept.")
    event_weights: dict[str, float] = Field(
        default={"impression": 0.0, "click": 1.0, "like": 3.0, "purchase": 5.0, "hide": -3.0},
        description="What each type of event says of its item, as JSON; types not named weigh nothing.",
    )
    kept_events: int = Field(
        2_000_000, ge=1_000, description="Events that histories, links and trends look back on."
    )
    processes: int = Field(
        1, ge=1, le=64, description="Processes that answer at the port, each with views of its own."
    )
    branch_threads: int = Field(4, ge=1, le=64, description="Threads that recall branches share.")
    encoder_threads: int = Field(1, ge=1, le=64, description="Torch threads of the text encoder.")
    worker_threads: int = Field(1, ge=1, le=256, description="Torch threads of the generation worker.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where pictures are made: `cpu`, `cuda`, or `auto` for CUDA where it is there."
    )
    worker_niceness: int = Field(
        10, ge=0, le=19, description="Niceness of the worker, so that search stays fast."
    )
    queue_limit: int = Field(64, ge=1, le=100_000, description="Pictures that may wait; beyond it: 429.")
    batch_rows: int = Field(16, ge=2, le=4096, description="Denoiser rows in one model call at most.")
    snapshot_rows: int = Field(20_000, ge=1, description="Log rows after which a snapshot is written.")
    max_body_bytes: int = Field(64 * MEBIBYTE, ge=1024, description="Largest request body.")
    max_picture_bytes: int = Field(20 * MEBIBYTE, ge=1024, description="Largest picture.")
    max_picture_pixels: int = Field(50_000_000, ge=1, description="Most pixels of a picture.")
    max_connections: int = Field(1_000, ge=1, description="Open requests at most; beyond it: 429.")
    request_timeout_s: float = Field(30.0, gt=0, description="Longest a search or a write may take.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe line logged."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of a log line.")

    @model_validator(mode="before")
    @classmethod
    def _name_keys(cls, values: dict[str, object]) -> dict[str, object]:
        keys = values.get("api_keys")
        return {**values, "api_keys": named_keys(keys)} if isinstance(keys, str) else values

    @model_validator(mode="after")
    def _refuse_strange_keys(self) -> Settings:
        for name, key in self.api_keys.items():
            if KEY_NAME.fullmatch(name) is None or name == ANONYMOUS:
                message = f"api_keys: {name!r} is no name: small letters, digits, - and _, at most 63"
                raise ValueError(message)
            if not key.get_secret_value():
                message = f"api_keys: the key of {name!r} is empty"
                raise ValueError(message)
        if len({key.get_secret_value() for key in self.api_keys.values()}) < len(self.api_keys):
            message = "api_keys: two names have the same key, so that nobody could tell whose it is"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _refuse_strange_fields(self) -> Settings:
        check_fields(self.vector_fields)
        return self

    @model_validator(mode="after")
    def _refuse_open_doors(self) -> Settings:
        if not self.api_keys and not self.allow_open and not is_loopback(self.host):
            message = "listening beyond loopback needs api_keys, or allow_open=true said in words"
            raise ValueError(message)
        return self

    @property
    def keys(self) -> dict[str, str]:
        """The keys themselves, by name."""
        return {name: key.get_secret_value() for name, key in self.api_keys.items()}

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the log."""
        return self.store_url or f"sqlite:///{self.data / 'trouvere.db'}"
