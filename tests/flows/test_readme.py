"""Runs the README's lines of curl against a real service: what a newcomer copies works."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from tests.flows.service import Service

LINES = re.findall(r"^(?:curl|printf) .*$", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_the_readme_shows_ten_lines() -> None:
    """The section keeps its promise, and begins with a picture that exists."""
    assert len(LINES) == 10
    picture = re.match(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert picture is not None
    assert (ROOT / picture.group(1)).is_file()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_line_of_curl_works_in_order(shared: Service) -> None:
    """Each line answers without an error, and the answers are what the lines are there to show."""
    shared.wait_model()
    answers = []
    for line in LINES:
        command = line.replace("localhost:8080", shared.address.removeprefix("http://"))
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=True)  # noqa: S602  # the README's own words
        answers.append(done.stdout)
    horse, arrow, typed, put, found, batch, made, drawn, deleted, names = answers
    assert json.loads(horse)["hits"][0]["item"]["title"] == "horse"
    assert all(hit["item"]["attributes"]["weight"] == "bold" for hit in json.loads(arrow)["hits"])
    assert {"text": "horse", "kind": "title"} in json.loads(typed)["suggestions"]
    assert json.loads(put)["id"] == json.loads(found)["hits"][0]["id"] == json.loads(deleted)["id"]
    assert json.loads(batch)["accepted"] == 1
    assert json.loads(batch)["rejected"][0]["error"]["field"] == "titel"
    picture = json.loads(made)["data"][0]
    assert shared.client.get(picture["url"]).content.startswith(b"\x89PNG")
    assert drawn.count("event: image_generation.partial_image") == 2
    assert drawn.count("event: image_generation.completed") == 1
    assert "samplers" in json.loads(names)
    shared.client.delete("/v1/items/a", params={"refresh": True})
