"""Holds a generation request and the job that carries it through the log to its pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """True when nothing more will happen to the job."""
        return self in {Status.COMPLETED, Status.CANCELLED, Status.FAILED}


@dataclass(frozen=True, slots=True)
class Source:
    """What a picture begins from: a kept blob of this digest (picture or latent), noised to `sigma`.

    `item` and `similarity` say where it was found, `why` is `asked` or `auto`.
    """

    digest: str
    sigma: float
    is_latent: bool = False
    item: str | None = None
    similarity: float | None = None
    why: str = "asked"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What the model is shown beside the words: a kept latent of this digest.

    `item` and `similarity` say where it was found.
    """

    digest: str
    item: str | None = None
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What to make. Picture i of `num_images` is drawn from seed + i.

    `guidance` is the classifier-free scale (1 = off); `steps` counts sampler steps. `deadline_ms`
    is measured from acceptance; when it comes, `at_deadline` asks for the best picture so far
    ("picture") or for none ("fail"). Guidance is applied where low < sigma <= high of
    `guidance_interval`. `format` is a name of the `formats` registry.

    `source` is what the pictures begin from; of it, `mask` (digest of a blob whose transparent places
    are drawn anew) keeps the rest; `neighbours` are shown to the model. `control` names classes for
    classifier guidance by their kind ({"weight": "bold"}) at `control_scale`; `autoguidance` is the
    scale against a weaker model (0 = off).
    """

    prompt: str
    negative_prompt: str = ""
    seed: int = 0
    num_images: int = 1
    steps: int = 10
    sampler: str = "dpmpp_2m"
    grid: str = "karras"
    guidance: float = 3.0
    guidance_interval: tuple[float, float] = (0.2, 10.0)
    model: str = "trouvere-icons"
    size: str = "128x128"
    format: str = "png"
    compression: int = 100
    partial_images: int = 0
    save: bool = True
    priority: int = 0
    deadline_ms: float | None = None
    at_deadline: str = "picture"
    user: str | None = None
    source: Source | None = None
    neighbours: tuple[Neighbour, ...] = ()
    mask: str | None = None
    control: Mapping[str, str] = field(default_factory=dict)
    control_scale: float = 0.0
    autoguidance: float = 0.0
    background: str = "opaque"

    def to_body(self) -> dict[str, Any]:
        """Return the request as JSON values."""
        body = {name: getattr(self, name) for name in self.__slots__}
        source = None if self.source is None else asdict(self.source)
        return body | {
            "guidance_interval": list(self.guidance_interval),
            "source": source,
            "neighbours": [asdict(one) for one in self.neighbours],
            "control": dict(self.control),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> GenerationRequest:
        """Read what `to_body` wrote."""
        low, high = body.get("guidance_interval", (0.2, 10.0))
        source = body.get("source")
        read = None if source is None else Source(**source)
        shown = tuple(Neighbour(**one) for one in body.get("neighbours", ()))
        return cls(**{**body, "guidance_interval": (low, high), "source": read, "neighbours": shown})


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished picture of a job: its blob, the item it was kept as, and its receipt."""

    index: int
    digest: str
    media_type: str
    item: str | None
    receipt: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A request on its way. `error` is set when it failed; times are seconds since the epoch."""

    id: str
    request: GenerationRequest
    status: Status
    created_at: float
    finished_at: float | None = None
    pictures: tuple[Picture, ...] = ()
    error: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)

    def to_body(self) -> dict[str, Any]:
        """Return the job as JSON values."""
        return {
            "id": self.id,
            "request": self.request.to_body(),
            "status": str(self.status),
            "created_at": self.created_at,
            "finished_at": self.finished_at,
            "pictures": [
                {
                    "index": p.index,
                    "digest": p.digest,
                    "media_type": p.media_type,
                    "item": p.item,
                    "receipt": dict(p.receipt),
                }
                for p in self.pictures
            ],
            "error": self.error,
            "usage": dict(self.usage),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Job:
        """Read what `to_body` wrote."""
        return cls(
            id=body["id"],
            request=GenerationRequest.from_body(body["request"]),
            status=Status(body["status"]),
            created_at=body["created_at"],
            finished_at=body["finished_at"],
            pictures=tuple(Picture(**p) for p in body["pictures"]),
            error=body["error"],
            usage=body["usage"],
        )


class EventType(StrEnum):
    """What a job tells its followers; the last three end the stream."""

    QUEUED = "queued"
    STARTED = "started"
    PROGRESS = "progress"
    PARTIAL_IMAGE = "partial_image"
    IMAGE = "image"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened to a job, numbered from 0 without gaps.

    `index` is the picture it is about; `step` of `num_steps` model evaluations are done;
    `content` is an encoded picture for partial images and finished ones; `job` comes with the last.
    """

    job_id: str
    sequence: int
    type: EventType
    index: int | None = None
    step: int | None = None
    num_steps: int | None = None
    content: bytes | None = None
    media_type: str | None = None
    job: Job | None = None
