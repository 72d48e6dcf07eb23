"""Makes a picture again from its receipt, and says whether it is the same to the pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.engine import FINISHED
from app.domain.errors import Conflict, InvalidInput, Unavailable
from app.domain.jobs import GenerationRequest, Neighbour, Source, Status
from app.generate.receipts import OLDEST_READABLE, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.jobs import Job, Picture
    from app.domain.ports import Blobs
    from app.generate.service import Generation

PROVEN = ("native_sha256", "pixels_sha256")
COMPARED = (*PROVEN, "latent_sha256", "evaluations", "rows")
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "model": str,
    "prompt": str,
    "negative_prompt": str,
    "seed": int,
    "sampler": str,
    "grid": str,
    "steps": int,
    "guidance": (int, float),
    "size": str,
    "background": str,
    "control_scale": (int, float),
    "autoguidance": (int, float),
    "mask": (str, type(None)),
}
REQUIRED = ("model", "prompt", "seed", "sampler", "grid", "steps", "guidance", "size")


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a replay: the job that made it, its picture, and where the two receipts differ.

    `differences` are by field, as (said by the receipt, found now); the picture is proven equal when
    no digest of pixels is among them.
    """

    job: Job
    picture: Picture
    differences: Mapping[str, tuple[Any, Any]]

    @property
    def is_equal(self) -> bool:
        """Whether every pixel is the same, as drawn and as delivered."""
        return not any(name in self.differences for name in PROVEN)


@dataclass(frozen=True, slots=True)
class Replays:
    """The use case; `digest` gives that of the model that is loaded now."""

    generation: Generation
    blobs: Blobs
    digest: Callable[[], str | None]

    async def replay(self, receipt: Mapping[str, Any]) -> Proof:
        """Make the receipt's picture again, unsaved, and compare.

        Raises InvalidInput naming the part of the receipt that cannot be used, Conflict when the
        model that is loaded is another one, Unavailable when the picture cannot be made now.
        """
        request = request_of(receipt)
        self._check_model(receipt)
        self._check_sources(request)
        job = await self.generation.submit(request)
        done = await self.generation.wait(job.id)
        if done.status is not Status.COMPLETED:
            raise Unavailable(done.error or f"the job was {done.status}")
        made = done.pictures[0]
        return Proof(done, made, differences(receipt, made.receipt))

    def _check_model(self, receipt: Mapping[str, Any]) -> None:
        said, loaded = receipt.get("model_digest"), self.digest()
        if not isinstance(said, str) or not said:
            raise InvalidInput("receipt.model_digest", "the receipt does not say which model drew")
        if loaded is None:
            raise Unavailable("the model is not loaded yet")
        if said != loaded:
            raise Conflict(f"model_digest: the receipt is of model {said}, and {loaded} is loaded here")

    def _check_sources(self, request: GenerationRequest) -> None:
        source = None if request.source is None else request.source.digest
        shown = [("receipt.neighbours", one.digest) for one in request.neighbours]
        for field, digest in (("receipt.source.digest", source), ("receipt.mask", request.mask), *shown):
            if digest is not None and self.blobs.get(digest) is None:
                raise InvalidInput(field, f"what it began from, {digest}, is not in this store")


def request_of(receipt: Mapping[str, Any]) -> GenerationRequest:
    """Return the request that a receipt stands for, unsaved. Raises InvalidInput naming the part."""
    _check_shape(receipt)
    low, high = _interval(receipt.get("guidance_interval"))
    given = {name: receipt[name] for name in TYPES if name in receipt}
    form = receipt.get("output_format", "png")
    return GenerationRequest(
        **given,
        guidance_interval=(low, high),
        control=_names(receipt.get("control", {})),
        source=_source(receipt.get("source")),
        neighbours=_neighbours(receipt.get("neighbours", ())),
        format="svg" if form == "svg" else "png",
        num_images=1,
        save=False,
    )


def differences(said: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return where two receipts tell of other pictures, in what the first one says at all."""
    names = [name for name in COMPARED if name in said and said[name] != found.get(name)]
    return {name: (said[name], found.get(name)) for name in names}


def _check_shape(receipt: Mapping[str, Any]) -> None:
    version = receipt.get("version")
    if not isinstance(version, int) or not OLDEST_READABLE <= version <= VERSION:
        readable = f"{OLDEST_READABLE} to {VERSION}"
        raise InvalidInput("receipt.version", f"versions {readable} are read here, not {version!r}")
    for name in (*REQUIRED, *PROVEN):
        if name not in receipt:
            raise InvalidInput(f"receipt.{name}", "a receipt has it")
    for name, kind in TYPES.items():
        if name in receipt and (not isinstance(receipt[name], kind) or isinstance(receipt[name], bool)):
            raise InvalidInput(f"receipt.{name}", f"{receipt[name]!r} cannot be used here")
    if (reason := receipt.get("finish_reason", FINISHED)) != FINISHED:
        raise InvalidInput("receipt.finish_reason", f"what ended by {reason!r} depended on the clock")


def _interval(value: Any) -> tuple[float, float]:
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int | float) for v in value):
        return float(value[0]), float(value[1])
    raise InvalidInput("receipt.guidance_interval", "two noise levels")


def _names(value: Any) -> dict[str, str]:
    if isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair):
        return dict(value)
    raise InvalidInput("receipt.control", "classes by kind")


def _neighbours(value: Any) -> tuple[Neighbour, ...]:
    try:
        return tuple(Neighbour(**{**one, "digest": str(one["digest"])}) for one in value)
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput("receipt.neighbours", f"they cannot be read: {error}") from error


def _source(value: Any) -> Source | None:
    if value is None:
        return None
    try:
        return Source(**{**value, "digest": str(value["digest"]), "sigma": float(value["sigma"])})
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput("receipt.source", f"it cannot be read: {error}") from error
