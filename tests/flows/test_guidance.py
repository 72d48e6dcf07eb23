"""Tests guidance through the front door: the default model's weaker denoiser steers its pictures."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from tests.flows.service import Service


def made(service: Service, **body: Any) -> tuple[bytes, dict[str, Any]]:
    """Return a small job's pixels and receipt."""
    asked = {"prompt": "grey heron", "seed": 8, "steps": 4, "save": False, **body}
    answer = service.client.post("/v1/images/generations", json=asked)
    assert answer.status_code == 200, answer.text
    datum = answer.json()["data"][0]
    picture = Image.open(io.BytesIO(base64.b64decode(datum["b64_json"])))
    return picture.convert("RGB").tobytes(), datum["receipt"]


def test_autoguidance_steers_the_shipped_model(shared: Service) -> None:
    """The model says that it has a weaker one; 0 and 1 are off, another scale draws another picture."""
    shared.wait_model()
    assert "auto" in shared.client.get("/v1/models/trouvere-icons").json()["guidances"]
    plain, _ = made(shared)
    assert made(shared, autoguidance=1)[0] == plain
    steered, receipt = made(shared, autoguidance=2)
    assert receipt["autoguidance"] == 2
    assert steered != plain
    assert made(shared, autoguidance=2)[0] == steered
