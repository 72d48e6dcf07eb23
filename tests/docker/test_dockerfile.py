"""Holds the image to its linter, to the code's own names, and to telling health from sickness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.settings import Settings
from tests.docker.files import DOCKERFILE, ROOT, SETTING, argument, health_command, instructions, last

HADOLINT = Path(sys.executable).with_name("hadolint")


class Readiness(BaseHTTPRequestHandler):
    """Answers `/readyz` with the status it was given, everything else with 404."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def health_of(port: int) -> int:
    """Run the health check against a port and return its exit status."""
    program, *arguments = health_command()
    assert program == "python"
    environment = {**os.environ, "TROUVERE_PORT": str(port)}
    ran = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
    return ran.returncode


def test_the_linter_has_nothing_to_say() -> None:
    """The linter finds no fault in the Dockerfile."""
    ran = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.parametrize(("status", "health"), [(200, 0), (503, 1)])
def test_the_health_check_asks_whether_it_is_ready(status: int, health: int) -> None:
    """Ready is healthy; 503 is not."""
    handler = type("Answer", (Readiness,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert health_of(server.server_port) == health
        finally:
            server.shutdown()
            thread.join()


def test_a_service_that_does_not_answer_is_not_healthy() -> None:
    """Where nothing listens the health check fails."""
    with HTTPServer(("127.0.0.1", 0), Readiness) as server:
        port = server.server_port
    assert health_of(port) == 1


def test_the_image_runs_the_service_as_nobody_special() -> None:
    """It serves beyond loopback, as a numbered user that is not root, with its data on a volume."""
    assert json.loads(last("ENTRYPOINT")) == ["python", "-m", "app"]
    assert json.loads(last("CMD")) == ["serve", "--host", "0.0.0.0"]  # noqa: S104 - inside a container
    assert int(last("USER").partition(":")[0]) > 0
    assert last("VOLUME") == "/data"


def test_every_setting_of_the_image_exists() -> None:
    """Each TROUVERE_… that the Dockerfile names is a setting."""
    known = {f"TROUVERE_{name.upper()}" for name in Settings.model_fields}
    named = set(SETTING.findall(DOCKERFILE.read_text()))
    assert named - known == set()


def test_torch_is_the_pinned_release_and_comes_first() -> None:
    """The first thing that pip installs is the pinned torch, its CPU build where there is one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = next(name for name in project["dependencies"] if name.startswith("torch=="))
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert f"torch=={argument('TORCH')}" == pinned
    assert installs[0].index('"torch==${TORCH}+cpu"') < installs[0].index('"torch==${TORCH}"')
    assert "--no-deps" in installs[-1]
