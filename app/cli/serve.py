"""Serves the collection over HTTP until it is told to stop."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from app.cli.options import add_data, settings
from app.main import create_app
from app.telemetry import logs

if TYPE_CHECKING:
    import argparse

    from app.settings import Settings

NAME = "serve"
HELP = "Serve the collection over HTTP."
GRACE_S = 10
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


def run(options: argparse.Namespace) -> int:
    """Serve; returns 1 when the address is taken."""
    chosen = settings(options, "data", "host", "port", "catalog", "model")
    logs.configure(chosen.log_level, chosen.log_format, [k.get_secret_value() for k in chosen.api_keys])
    try:
        listener = listen(chosen)
    except OSError as error:
        print(f"cannot listen on {chosen.host}:{chosen.port}: {error.strerror}", file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    print(f"Trouvere answers at http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    config = uvicorn.Config(
        create_app(chosen),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    # uvicorn shuts down on SIGTERM and then raises it once more: that one shall end nothing.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.Server(config).run(sockets=[listener])
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
