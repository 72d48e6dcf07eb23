"""Gives the flows a service: one shared for the session, or one of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from models.icons import load_icons, render_picture
from tests.flows.service import Service, run_app, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NUM_ICONS = 400


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start services on folders of one's own; each is ended after the test."""
    running: list[Service] = []

    def begin(*arguments: str, data: Path | None = None, **environment: str) -> Service:
        service = start(data or tmp_path / "data", *arguments, **environment)
        running.append(service)
        service.wait_ready()
        return service

    yield begin
    for service in running:
        if service.process.poll() is None:
            service.kill()


@pytest.fixture(scope="session")
def icon_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the import form: some hundred icons, evenly picked, horses always among them."""
    folder = tmp_path_factory.mktemp("icons")
    icons = load_icons()
    picked = icons[:: len(icons) // NUM_ICONS] + [icon for icon in icons if "horse" in icon.words]
    with (folder / "metadata.jsonl").open("w") as lines:
        for number, icon in enumerate({icon.id: icon for icon in picked}.values()):
            name = f"{number}.png"
            render_picture(icon, 64).save(folder / name)
            line = {
                "file_name": name,
                "id": icon.id,
                "title": icon.title,
                "tags": list(icon.tags),
                "category": icon.family,
                "concept": icon.concept,
                "weight": icon.weight,
            }
            lines.write(json.dumps(line) + "\n")
    return folder


@pytest.fixture(scope="session")
def shared(icon_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service with some hundred icons for every test that does not stop it."""
    data = tmp_path_factory.mktemp("shared") / "data"
    run_app("import", str(icon_folder), "--data", str(data))
    service = start(data)
    service.wait_ready()
    service.wait_vectors()
    yield service
    assert service.stop() == 0
