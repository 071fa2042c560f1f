"""The web server of `fltui serve`: a page with a terminal, behind it one read-only app a viewer.

The terminal in the page (xterm.js) and the pipe to the app are textual-serve's; its own server has neither
a token nor a check of the Host header, and its page takes a font from another site.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import shlex
import signal
import socket
import sys
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

STATICS = Path(textual_serve.__file__).parent / "static"
MOST_VIEWERS = 20  # a class; each is a process of 80 MB
_TOKEN_BYTES = 24
_FRAME = 200  # bytes; what sets up a terminal comes in smaller pieces
_GOODBYE_S = 3.0  # for the apps of viewers, when the server ends
_PAGE = Template(Path(__file__).with_name("serve_page.html").read_text(encoding="utf-8"))
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'"
    ),
}


class WebView:
    """One run for viewers who know the token. `host`: the address it listens on."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.folder = folder
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._names = {host, "localhost", socket.gethostname(), socket.getfqdn()}
        self._viewers: set[web.WebSocketResponse] = set()

    def address(self, listener: socket.socket) -> str:
        """What a person opens."""
        host, port = listener.getsockname()[:2]
        if host in ("0.0.0.0", "::"):
            host = socket.gethostname()
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/{self.token}/"

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        root = f"/{self.token}"
        app.router.add_get(root, self._with_slash)
        app.router.add_get(f"{root}/", self._page)
        app.router.add_get(f"{root}/ws", self._websocket)
        app.router.add_static(f"{root}/static", STATICS)
        app.on_shutdown.append(self._close_all)
        return app

    # -- who may ------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """403 without the token, and where the browser was led here under another name (DNS rebinding)."""
        first = request.path.split("/")[1] if "/" in request.path else ""
        if not hmac.compare_digest(first.encode(), self.token.encode()):
            return _refused("this address lacks the token; open the whole address that fltui serve printed")
        if not self._known_host(request, request.host):
            return _refused(f"{request.host} is not a name of this server")
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            return _refused("another site's page asked")
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def _known_host(self, request: web.Request, host: str) -> bool:
        """Names of this machine, or the very address that was connected to; ports may be forwarded ones."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        connected = request.transport.get_extra_info("sockname")[0] if request.transport else ""
        return name.strip("[]") in {*self._names, connected, "127.0.0.1", "::1"}

    # -- what is shown ------------------------------------------------------------------------------

    async def _with_slash(self, request: web.Request) -> web.StreamResponse:
        """The address as it is when its last sign was not copied."""
        raise web.HTTPFound(f"/{self.token}/")

    async def _page(self, request: web.Request) -> web.Response:
        root = f"/{self.token}"
        text = _PAGE.substitute(
            title=f"{self.folder.name} - fltui",
            static=f"{root}/static",
            websocket=f"ws://{request.host}{root}/ws",
        )
        return web.Response(text=text, content_type="text/html")

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        """One viewer: an app of its own, which ends with the connection."""
        if len(self._viewers) >= MOST_VIEWERS:
            return web.Response(status=503, text=f"there are {MOST_VIEWERS} viewers already")
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)
        self._viewers.add(websocket)
        viewer = Viewer(websocket, self._command())
        try:
            await viewer.start(request.query.get("width"), request.query.get("height"))
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    await viewer.take(message.data)
        except ConnectionError:
            return websocket  # the viewer went; the app is ended below
        finally:
            self._viewers.discard(websocket)
            await viewer.app.stop()
        return websocket

    def _command(self) -> str:
        """What is run for each viewer, as a shell's line."""
        words = [sys.executable, "-m", "fltui.cli.served_app", str(os.getpid()), str(self.folder)]
        return f"exec {shlex.join(words)}"

    async def _close_all(self, app: web.Application) -> None:
        for websocket in tuple(self._viewers):
            await websocket.close(message=b"the view has ended")


class Viewer:
    """One page's terminal and the app behind it."""

    def __init__(self, websocket: web.WebSocketResponse, command: str) -> None:
        self._websocket = websocket
        self._size = (80, 24)
        self._drew = False
        self.app = AppService(
            command,
            write_bytes=self._draw,
            write_str=websocket.send_str,
            close=websocket.close,  # type: ignore[arg-type]  # nobody looks at what it returns
            download_manager=DownloadManager(),
        )

    async def start(self, width: object, height: object) -> None:
        self._size = _cells(width, 80), _cells(height, 24)
        await self.app.start(*self._size)

    async def take(self, data: str) -> None:
        """One message of the page: `[kind, value]`. Anything else is left out."""
        try:
            kind, *rest = json.loads(data)
        except (ValueError, TypeError):
            return
        value = rest[0] if rest else None
        if kind == "stdin" and isinstance(value, str):
            await self.app.send_bytes(value.encode())
        elif kind == "resize" and isinstance(value, dict):
            self._size = _cells(value.get("width"), 80), _cells(value.get("height"), 24)
            await self.app.set_terminal_size(*self._size)
        elif kind == "ping":
            await self._websocket.send_json(["pong", value])
        elif kind in ("blur", "focus"):
            await (self.app.blur() if kind == "blur" else self.app.focus())

    async def _draw(self, data: bytes) -> None:
        if not self._drew and len(data) >= _FRAME:
            # A size that came before the first frame may have been overtaken by the one at the start.
            self._drew = True
            await self.app.set_terminal_size(*self._size)
        await self._websocket.send_bytes(data)


def run_view(view: WebView, listener: socket.socket) -> int:
    """Serves until a signal asks for the end. Returns the exit code: to end it is how it is meant to end."""
    return asyncio.run(_serve(view, listener))


async def _serve(view: WebView, listener: socket.socket) -> int:
    runner = web.AppRunner(view.application(), access_log=None, shutdown_timeout=_GOODBYE_S)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A parent that ignores one of them (nohup, a shell's `&`) wants us to as well.
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()
    await runner.cleanup()
    return 0


def _cells(value: object, default: int) -> int:
    """A terminal's width or height as a page says it: never more than a wall of screens has."""
    try:
        return max(2, min(int(str(value)), 1000))
    except ValueError:
        return default


def _refused(sentence: str) -> web.Response:
    return web.Response(status=403, text=f"403: {sentence}\n", headers=_HEADERS)
