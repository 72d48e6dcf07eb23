"""Starts a PostgreSQL of its own for the tests, reached through a socket and never through a network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import LiteralString

HOMES = "/usr/lib/postgresql/*/bin"  # where Debian's packages keep the programs
SERVANT = "postgres"  # the server refuses to run as root
START_S = 60.0
ENVIRONMENT = {**os.environ, "PGUSER": SERVANT, "LC_ALL": "C"}


class NoPostgres(Exception):
    """There is no PostgreSQL here that tests could start; says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where its programs and its socket are. Each test gets its database emptied."""

    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        """The URL of the database."""
        return f"postgresql://{SERVANT}@/{SERVANT}?host={self.folder}"

    def empty(self) -> str:
        """Return the URL of the database, empty now: that is quicker than a new one."""
        self.ask("DROP SCHEMA public CASCADE")
        self.ask("CREATE SCHEMA public")
        return self.url

    def ask(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        """Return the rows that a statement gives, asked past the code under test."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            told = connection.execute(statement)
            return told.fetchall() if told.description else []


def run(program: Path, *arguments: str) -> str:
    """Run one of PostgreSQL's programs as its own user, and return what it printed."""
    done = subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd="/",
        timeout=120,
        user=servant(),
        group=servant(),
    )
    if done.returncode:
        raise NoPostgres(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def servant() -> str | None:
    """Return the user that the server runs as, None for whoever runs the tests."""
    return SERVANT if os.geteuid() == 0 else None


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server with a cluster of its own, and end and remove both. Raises NoPostgres."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="trouvere-pg-"))  # short: the path of a socket is
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVANT)
        cluster = folder / "cluster"
        run(programs / "initdb", "-D", str(cluster), "-U", SERVANT, "-A", "trust", "-E", "UTF8", "--no-sync")
        with start(programs, cluster, folder) as process:
            try:
                yield Server(programs, folder)
            finally:
                process.send_signal(signal.SIGQUIT)  # at once: nobody needs this cluster again
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(programs: Path, cluster: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start the server and return its process once it answers. Raises NoPostgres."""
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "shared_buffers=32MB")
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(cluster), *options],
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd="/",
            user=servant(),
            group=servant(),
        )
    end = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < end:
        try:
            run(programs / "pg_isready", "-h", str(folder), "-q")
        except NoPostgres:
            time.sleep(0.1)
        else:
            return process
    process.kill()
    process.wait()
    raise NoPostgres(f"the server did not start: {(folder / 'log').read_text()[-500:]}")


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs, of the newest version there is. Raises NoPostgres."""
    found = sorted(Path("/").glob(f"{HOMES[1:]}/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise NoPostgres("PostgreSQL is not installed")
    if os.geteuid() == 0 and SERVANT not in {one.pw_name for one in pwd.getpwall()}:
        raise NoPostgres(f"PostgreSQL does not run as root, and there is no user {SERVANT}")
    return found[-1].parent if found else Path(str(on_path)).resolve().parent
