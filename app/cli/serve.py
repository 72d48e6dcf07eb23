"""Serves the collection over HTTP until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.cli.options import add_data, settings
from app.main import create_app
from app.settings import Settings
from app.telemetry import logs

if TYPE_CHECKING:
    import argparse

    from fastapi import FastAPI

NAME = "serve"
HELP = "Serve the collection over HTTP."
GRACE_S = 10
HEALTH_S = 120  # a process that has not moved for so long is started again
CHOSEN = ("data", "host", "port", "catalog", "model", "processes")
OPTIONS: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_S,
}
BACKLOG = 2_048


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; every other setting is an environment variable `TROUVERE_…`."""
    add_data(parser)
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on; 0 picks a free one (default: 8080)")
    parser.add_argument(
        "--catalog", choices=("icons", "none"), help="collection to import at the first start"
    )
    parser.add_argument("--model", help="generator to load, or `none`")
    parser.add_argument("--processes", type=int, help="processes that answer at the port (default: 1)")


def run(options: argparse.Namespace) -> int:
    """Serve; returns 1 when the address is taken."""
    chosen = settings(options, *CHOSEN)
    logs.configure(chosen.log_level, chosen.log_format, [*chosen.keys.values()])
    try:
        listener = listen(chosen)
    except OSError as error:
        print(f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}", file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    print(f"Trouvere answers at http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    if chosen.processes > 1:
        return _several(chosen, listener)
    config = uvicorn.Config(create_app(chosen), **OPTIONS)
    # uvicorn shuts down on SIGTERM and then raises it once more: that one shall end nothing.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def member() -> FastAPI:
    """Return the application of one of several processes, from the settings their parent left behind."""
    settings = Settings()
    logs.configure(settings.log_level, settings.log_format, [*settings.keys.values()])
    return create_app(settings)


def _several(chosen: Settings, listener: socket.socket) -> int:
    """Serve with several processes, each started again when it dies; they share the listening socket."""
    for name in CHOSEN:
        if (value := getattr(chosen, name)) is not None:
            os.environ[f"TROUVERE_{name.upper()}"] = str(value)
    config = uvicorn.Config(
        "app.cli.serve:member",
        factory=True,
        workers=chosen.processes,
        timeout_worker_healthcheck=HEALTH_S,
        **OPTIONS,
    )
    Multiprocess(config, sockets=[listener]).run()
    return 0


def listen(chosen: Settings) -> socket.socket:
    """Return a listening socket on the settings' address. Raises OSError when that is taken."""
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((chosen.host, chosen.port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
