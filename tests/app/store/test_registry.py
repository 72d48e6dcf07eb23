"""Packages appear whole, stay as they are, and are proved when read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InvalidInput, NotFound, Unavailable
from app.domain.rankers import RANKER, Package, PackageId
from app.store.registry import PackageFolder

if TYPE_CHECKING:
    from pathlib import Path


def package(name: str = "clicks", content: bytes = b"trees") -> Package:
    """Return a package as training makes it: without a version yet."""
    return Package(
        id=PackageId(name, 0),
        role=RANKER,
        kind="lambdamart",
        feature_version="abc",
        features=({"name": "a", "version": 1, "kind": "number", "default": 0.0},),
        feeds=(PackageId("base", 3),),
        facts={"seed": 7},
        files={"model.txt": content},
    )


def test_a_package_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Everything but the version is as before; without files only the manifest is read."""
    folder = PackageFolder(tmp_path)
    given = folder.add(package())
    assert given == PackageId("clicks", 1)
    read = folder.load(given)
    assert (read.id, read.files, read.feeds, read.facts) == (
        given,
        {"model.txt": b"trees"},
        (PackageId("base", 3),),
        {"seed": 7},
    )
    assert read.features == package().features
    assert folder.load(given, files=False).files == {}


def test_versions_count_up_by_name_and_no_half_one_is_seen(tmp_path: Path) -> None:
    """Writers side by side get versions of their own; a folder without its manifest is none."""
    folder = PackageFolder(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: PackageFolder(tmp_path).add(package()), range(8)))
    assert sorted(given) == [PackageId("clicks", version) for version in range(1, 9)]
    (tmp_path / "clicks" / "9").mkdir()
    assert folder.ids() == sorted(given)
    assert folder.add(package("other")) == PackageId("other", 1)


def test_damage_and_other_formats_are_told(tmp_path: Path) -> None:
    """A changed file and a format of the future are named instead of used."""
    folder = PackageFolder(tmp_path)
    given = folder.add(package())
    (tmp_path / "clicks" / "1" / "model.txt").write_bytes(b"other trees")
    with pytest.raises(Unavailable, match=r"model\.txt is not what was written"):
        folder.load(given)
    manifest = tmp_path / "clicks" / "1" / "package.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    with pytest.raises(Unavailable, match="format 99; this build reads 1 to 1"):
        folder.load(given)


@pytest.mark.parametrize("name", ["../up", "", "Name", "a/b", "-a", "x" * 64])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    """Names that could leave the folder are refused, written or read."""
    folder = PackageFolder(tmp_path / "rankers")
    with pytest.raises(InvalidInput) as caught:
        folder.add(package(name))
    assert caught.value.field == "name"
    with pytest.raises(NotFound):
        folder.load(PackageId(name, 1))
    assert not (tmp_path / "up").exists()
