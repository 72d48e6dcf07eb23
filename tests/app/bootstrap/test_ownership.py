"""Tests who owns a data folder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.bootstrap.ownership import NOTE, Ownership

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send


async def greet(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with a word."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


def test_the_first_owns_until_it_ends(tmp_path: Path) -> None:
    """One claim at a time succeeds; once its holder is gone the next one does."""
    first, second = Ownership(tmp_path / "data"), Ownership(tmp_path / "data")
    assert (first.is_owner, second.is_owner) == (True, False)
    first.close()
    third = Ownership(tmp_path / "data")
    assert third.is_owner
    second.close()
    third.close()


def test_the_owner_answers_at_its_door(tmp_path: Path) -> None:
    """Others find the door while it is open, and none before or after; a note of the dead is not believed."""
    owner, other = Ownership(tmp_path), Ownership(tmp_path)

    async def main() -> bytes:
        assert other.door() is None
        async with other.serving(greet):
            assert other.door() is None
        async with owner.serving(greet):
            door = other.door()
            assert door is not None
            assert door.stat().st_mode & 0o170000 == 0o140000  # a socket
            assert door.parent.stat().st_mode & 0o077 == 0  # of its user alone
            reader, writer = await asyncio.open_unix_connection(str(door))
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            told = await reader.read()
            writer.close()
            await writer.wait_closed()
        assert other.door() is None
        return told

    async def main_once() -> Path | None:
        async with owner.serving(greet):
            return other.door()

    assert asyncio.run(main()).endswith(b"hi")
    left = tmp_path / "trouvere-left"
    left.mkdir()
    (left / "door").touch()
    (tmp_path / NOTE).write_text(f'{{"door": "{left / "door"}"}}')
    assert asyncio.run(main_once()) != left / "door"
    assert not left.exists()  # what a killed owner left behind is swept
    (tmp_path / NOTE).write_text('{"door": "/nowhere/door"}')
    assert other.door() is None
    (tmp_path / NOTE).write_text("torn")
    assert other.door() is None
    owner.close()
    other.close()
