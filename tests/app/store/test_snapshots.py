"""What a folder of snapshots promises."""

from __future__ import annotations

import shutil
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from app.store.manifest import MANIFEST_NAME
from app.store.snapshots import VIEWS, SnapshotFolder
from tests.app.store.rows import Clock

if TYPE_CHECKING:
    from pathlib import Path

FAR = 1_000


def _folder(directory: Path, log_id: str = "log") -> SnapshotFolder:
    return SnapshotFolder(directory / "snapshots", log_id, Clock())


def _save(folder: SnapshotFolder, text: str, lsn: int) -> Path:
    return folder.save(lambda directory: _put(directory, text), {"applied": lsn})


def _put(directory: Path, text: str, name: str = "view.txt") -> None:
    (directory / name).write_text(text)


def _read(directory: Path) -> str:
    return (directory / "view.txt").read_text()


def test_empty(tmp_path: Path) -> None:
    """Where no snapshot is, none is loaded and nothing is wrong."""
    loaded = _folder(tmp_path).load(_read, FAR)
    assert (loaded.views, dict(loaded.lsns), loaded.path, loaded.problems) == (None, {}, None, ())


def test_any_file_name(tmp_path: Path) -> None:
    """The views may name their files as they like, also like the snapshot's own."""
    folder = _folder(tmp_path)
    folder.save(lambda directory: _put(directory, "mine", MANIFEST_NAME), {"applied": 1})
    assert folder.load(lambda directory: (directory / MANIFEST_NAME).read_text(), FAR).views == "mine"


def test_newest_wins(tmp_path: Path) -> None:
    """The snapshot saved last is the one loaded, with its LSNs, and two are kept."""
    folder = _folder(tmp_path)
    paths = [_save(folder, f"state {i}", i) for i in range(1, 13)]
    loaded = _folder(tmp_path).load(_read, FAR)
    assert (loaded.views, loaded.lsns, loaded.path) == ("state 12", {"applied": 12}, paths[-1])
    assert folder.paths() == paths[-2:]


@pytest.mark.parametrize("name", [f"{VIEWS}/view.txt", MANIFEST_NAME])
def test_damaged(tmp_path: Path, name: str) -> None:
    """A damaged snapshot is reported by name and the one before is loaded."""
    folder = _folder(tmp_path)
    _save(folder, "good", 1)
    bad = _save(folder, "bad", 2)
    (bad / name).write_bytes(b"{}")
    loaded = folder.load(_read, FAR)
    assert loaded.views == "good"
    assert len(loaded.problems) == 1
    assert loaded.problems[0].startswith(bad.name)


def test_unreadable_view(tmp_path: Path) -> None:
    """A snapshot that the views themselves refuse is skipped in the same way."""

    def read(directory: Path) -> str:
        text = _read(directory)
        if text == "from the future":
            raise ValueError(text)
        return text

    folder = _folder(tmp_path)
    _save(folder, "good", 1)
    _save(folder, "from the future", 2)
    loaded = folder.load(read, FAR)
    assert loaded.views == "good"
    assert "from the future" in loaded.problems[0]


def test_all_bad(tmp_path: Path) -> None:
    """When no snapshot proves good, all are reported and none is loaded."""
    folder = _folder(tmp_path)
    for path in [_save(folder, "x", i) for i in (1, 2)]:
        (path / VIEWS / "view.txt").unlink()
    loaded = folder.load(_read, FAR)
    assert loaded.views is None
    assert len(loaded.problems) == 2


def test_failed_save(tmp_path: Path) -> None:
    """A save that fails leaves everything as it was and hands on the error."""
    folder = _folder(tmp_path)
    kept = _save(folder, "good", 1)

    def fail(directory: Path) -> None:
        _put(directory, "half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        folder.save(fail, {"applied": 2})
    assert [path.name for path in (tmp_path / "snapshots").iterdir() if path.is_dir()] == [kept.name]
    assert folder.load(_read, FAR).views == "good"


def test_leftovers_of_a_killed_save(tmp_path: Path) -> None:
    """What a killed process left unfinished is never loaded, and swept by the next save."""
    folder = _folder(tmp_path)
    kept = _save(folder, "good", 1)
    half = kept.parent / "unfinished-0123"
    shutil.copytree(kept, half)
    assert folder.load(_read, FAR).views == "good"
    _save(folder, "next", 2)
    assert not half.exists()


def test_damaged_ones_do_not_displace_good_ones(tmp_path: Path) -> None:
    """Of two to keep both are good: a damaged one is removed, however new."""
    folder = _folder(tmp_path)
    good = _save(folder, "good", 1)
    bad = _save(folder, "bad", 2)
    (bad / VIEWS / "view.txt").write_text("damaged")
    newest = _save(folder, "newest", 3)
    assert folder.paths() == [good, newest]


def test_another_log(tmp_path: Path) -> None:
    """A snapshot of another log, or of a longer one, is never loaded."""
    _save(_folder(tmp_path), "foreign", 5)
    assert "another log" in _folder(tmp_path, "mine").load(_read, FAR).problems[0]
    loaded = _folder(tmp_path).load(_read, 4)
    assert loaded.views is None
    assert "ahead of the log" in loaded.problems[0]
    assert _folder(tmp_path).load(_read, 5).views == "foreign"


def test_saved_and_loaded_at_once(tmp_path: Path) -> None:
    """While one thread saves again and again, another always loads a whole one, never going back."""
    _save(_folder(tmp_path), "0", 0)

    def save() -> None:
        folder = _folder(tmp_path)
        for i in range(1, 40):
            _save(folder, str(i), i)

    thread = Thread(target=save)
    thread.start()
    seen: list[int] = []
    while thread.is_alive():
        loaded = _folder(tmp_path).load(_read, FAR)
        assert loaded.problems == ()
        assert loaded.lsns == {"applied": int(loaded.views or "-1")}
        seen.append(int(loaded.views or "-1"))
    thread.join()
    assert seen == sorted(seen)
