"""`fltui serve`: a read-only view of one run in a browser."""

from __future__ import annotations

import importlib.util
import socket

import click

from fltui.cli.errors import CommandFailed, UsageError, complain
from fltui.cli.shown_run import shown_run
from fltui.record.manifest import read_manifest

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.argument("run", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen here; 0, as without: a free one.",
)
@click.option(
    "--host", default="127.0.0.1", metavar="ADDRESS", help="Listen on this address, not on loopback."
)
def serve(run: str | None, port: int, host: str) -> int:
    """Show RUN, or the newest live run, read-only in a browser. Prints the address; Ctrl-C ends it.

    The address holds a secret: whoever has it can watch, nobody else. Ending it never touches the run.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise CommandFailed(
            "serve needs the package textual-serve, which is not installed: pip install 'fltui[serve]' "
            "(from a checkout: make demo installs it); `fltui attach RUN` shows the run in a terminal"
        )
    folder = shown_run(run, "serve")
    read_manifest(folder)  # says now that it is no run, not to every viewer
    # What it imports (aiohttp) takes a third of a second, and no other command needs it.
    from fltui.cli.web_view import WebView, run_view

    view = WebView(folder, host)
    listener = _listen(host, port)
    address = view.address(listener)
    print(address, flush=True)
    complain(f"{folder.name} read-only in a browser; Ctrl-C ends this view, the run goes on")
    if host in _LOOPBACK:
        number = listener.getsockname()[1]
        complain(f"from another machine: ssh -L {number}:127.0.0.1:{number} {socket.gethostname()}")
    else:
        complain("not encrypted: whoever can listen on the network between can watch too")
    return run_view(view, listener)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError."""
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family)
    except OSError as error:
        raise UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from None
