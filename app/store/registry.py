"""Keeps trained packages on disk: each version appears whole or not at all, and is proved when read."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from app.domain.errors import InvalidInput, NotFound, Unavailable
from app.domain.rankers import Package, PackageId

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
OLDEST_READABLE_VERSION = 1
MANIFEST = "package.json"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class PackageFolder:
    """A folder of packages, one below it a name, one below that a version.

    Processes that share the folder see each other's packages: a version is a rename.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ids(self) -> list[PackageId]:
        """Return every package, by name and version."""
        if not self._folder.is_dir():
            return []
        # What is still being written is not looked into: its writer may move it away meanwhile.
        named = (path for path in self._folder.iterdir() if NAME.fullmatch(path.name))
        found = (path for one in named for path in one.glob(f"*/{MANIFEST}"))
        places = ((path.parent.parent.name, path.parent.name) for path in found)
        return sorted(PackageId(name, int(version)) for name, version in places if version.isdecimal())

    def add(self, package: Package) -> PackageId:
        """Write the package as the next version of its name, and return its id.

        The version in `package.id` is not looked at. Raises InvalidInput for a name that is none.
        """
        name = package.id.name
        if NAME.fullmatch(name) is None:
            raise InvalidInput("name", f"{name!r} is no name: small letters, digits, - and _, at most 63")
        part = self._folder / f".part-{uuid4().hex}"
        part.mkdir(parents=True)
        for file, content in package.files.items():
            (part / file).write_bytes(content)
        (self._folder / name).mkdir(exist_ok=True)
        while True:
            taken = [one.version for one in self.ids() if one.name == name]
            given = PackageId(name, max(taken, default=0) + 1)
            body = json.dumps(_body(package, given), indent=2, sort_keys=True)
            (part / MANIFEST).write_text(body + "\n", encoding="utf-8")
            try:
                part.rename(self._folder / name / str(given.version))
            except OSError:  # another process took the version meanwhile
                if not (self._folder / name / str(given.version)).exists():
                    shutil.rmtree(part, ignore_errors=True)
                    raise
                continue
            return given

    def load(self, wanted: PackageId, *, files: bool = True) -> Package:
        """Return a package, without its files where only its manifest is wanted.

        Raises NotFound, and Unavailable for a package that is damaged or of a format not read here.
        """
        home = self._folder / wanted.name / str(wanted.version)
        if NAME.fullmatch(wanted.name) is None or not (home / MANIFEST).is_file():
            raise NotFound("ranker", str(wanted))
        body = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
        if not OLDEST_READABLE_VERSION <= body["format"] <= FORMAT_VERSION:
            reads = f"{OLDEST_READABLE_VERSION} to {FORMAT_VERSION}"
            raise Unavailable(f"the package {wanted} has format {body['format']}; this build reads {reads}")
        contents = {name: (home / name).read_bytes() for name in body["files"]} if files else {}
        for name, content in contents.items():
            if hashlib.sha256(content).hexdigest() != body["files"][name]:
                raise Unavailable(f"the package {wanted} is damaged: {name} is not what was written")
        return _package(wanted, body, contents)


def _body(package: Package, given: PackageId) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "name": given.name,
        "version": given.version,
        "role": package.role,
        "kind": package.kind,
        "feature_version": package.feature_version,
        "features": [dict(one) for one in package.features],
        "feeds": [[one.name, one.version] for one in package.feeds],
        "facts": dict(package.facts),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in package.files.items()},
    }


def _package(given: PackageId, body: dict[str, Any], files: dict[str, bytes]) -> Package:
    return Package(
        id=given,
        role=body["role"],
        kind=body["kind"],
        feature_version=body["feature_version"],
        features=tuple(body["features"]),
        feeds=tuple(PackageId(name, version) for name, version in body["feeds"]),
        facts=body["facts"],
        files=files,
    )
