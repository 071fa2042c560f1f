"""A headless Chromium that a test looks into, by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_QUIET = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
_QUIET += " --disable-background-networking --disable-component-update --remote-debugging-port=0"


class Page:
    """One tab. `requests`: addresses it asked for; `received`: bytes that came over its websockets;
    `errors`: what its console complained of."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.requests: list[str] = []
        self.received = b""
        self.errors: list[str] = []
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader = asyncio.create_task(self._read())

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = len(self._answers) + 1
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(self._answers[number], 30)

    async def open(self, address: str) -> None:
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=address)

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression is worth in the page."""
        return (await self.call("Runtime.evaluate", expression=expression))["result"].get("value")

    async def press(self, key: str) -> None:
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def click(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def picture(self) -> bytes:
        """PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def until(self, holds: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not holds():
            assert time.monotonic() < deadline, f"{what}; its console: {self.errors}"
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    async def _read(self) -> None:
        async for message in self._socket:
            said = message.json()
            params = said.get("params", {})
            match said.get("method"):
                case None:
                    self._answers[said["id"]].set_result(said.get("result", said))
                case "Network.requestWillBeSent":
                    self.requests.append(params["request"]["url"])
                case "Network.webSocketFrameReceived" if params["response"]["opcode"] == 2:
                    self.received += base64.b64decode(params["response"]["payloadData"])
                case "Runtime.exceptionThrown":
                    self.errors.append(str(params["exceptionDetails"]))
                case "Log.entryAdded" if params["entry"]["level"] == "error":
                    self.errors.append(params["entry"]["text"])


@asynccontextmanager
async def chromium_or_skip(folder: Path, size: tuple[int, int] = (1300, 800)) -> AsyncIterator[Page]:
    """`folder`: a new one, for its profile. `size` in pixels."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed (Debian, Ubuntu: apt install chromium)")
    words = [
        *_QUIET.split(),
        f"--user-data-dir={folder}",
        f"--window-size={size[0]},{size[1]}",
        "about:blank",
    ]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(await _tab(session, folder), max_msg_size=0) as socket:
                page = Page(socket)
                yield page
                await page.close()
    finally:
        process.terminate()
        process.wait(20)


async def _tab(session: aiohttp.ClientSession, folder: Path) -> str:
    """The address of the first tab's protocol, once Chromium has written where it listens."""
    told, deadline = folder / "DevToolsActivePort", time.monotonic() + 30
    while not (told.exists() and len(told.read_text().split()) == 2):
        assert time.monotonic() < deadline, "Chromium did not start"
        await asyncio.sleep(0.05)
    async with session.get(f"http://127.0.0.1:{told.read_text().split()[0]}/json/list") as answer:
        tabs = await answer.json()
    return str(next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"])
