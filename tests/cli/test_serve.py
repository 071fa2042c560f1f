"""A run in a browser: whoever has the address watches, nobody else; no key of theirs reaches a process."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest
from chromium import chromium_or_skip
from dialogue_runs import DialogueRun, start_dialogue
from engines import wait_until
from fltui_command import COMMAND, fltui
from synthetic_runs import SyntheticRun

from fltui.probe.processes import command_of


class Served:
    """`fltui serve FOLDER` as a process."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", str(folder), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://"), self.process.stderr and self.process.stderr.read()

    @property
    def parts(self) -> tuple[str, str, str]:
        """(host:port, token, address of the websocket)."""
        split = urlsplit(self.address)
        return split.netloc, split.path.strip("/"), f"ws://{split.netloc}{split.path}ws"

    @property
    def apps(self) -> list[int]:
        """The processes of viewers."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def close(self) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Served] = []

    def start(folder: Path, *words: str) -> Served:
        started.append(Served(folder, *words))
        return started[-1]

    yield start
    for served in started:
        served.close()


@pytest.fixture
def dialogue(tmp_path: Path, own_site: Path) -> Iterator[DialogueRun]:
    run = start_dialogue(tmp_path / "dialogue")
    yield run
    run.close()


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    return SyntheticRun(tmp_path / "20261124-101500-sst2-ibmfl-k3f9").whole()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")  # a colour may stand between two words


async def read_until(socket: aiohttp.ClientWebSocketResponse, *words: str, timeout_s: float = 30.0) -> bytes:
    """The bytes for the terminal, until all words have come."""
    seen = b""
    async with asyncio.timeout(timeout_s):
        while not all(word.encode() in _ESCAPES.sub(b"", seen) for word in words):
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), (message, seen[-2000:])
            seen += message.data if message.type is aiohttp.WSMsgType.BINARY else b""
    return seen


def ended_all(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


async def test_without_the_token_everything_is_403(
    ended: Path, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(ended)
    where, token, _ = served.parts
    assert len(token) >= 32
    for path in (
        "",
        "ws",
        "static/js/textual.js",
        f"{token[:-1]}x/",
        f"{token[:-1]}x/ws",
        "static/",
    ):
        async with session.get(f"http://{where}/{path}") as answer:
            assert answer.status == 403, path
            assert "lacks the token" in await answer.text()
    for path in ("ws", f"{token[:-1]}x/ws"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"ws://{where}/{path}")
        assert caught.value.status == 403
    async with session.get(served.address) as answer:
        assert answer.status == 200
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert served.apps == []


async def test_another_name_or_another_sites_page_is_refused(
    ended: Path, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(ended)
    where, _, websocket = served.parts
    port = where.rpartition(":")[2]
    for host, status in (
        ("evil.example", 403),
        (f"evil.example:{port}", 403),
        ("localhost:9", 200),
        (where, 200),
    ):
        async with session.get(served.address, headers={"Host": host}) as answer:
            assert answer.status == status, host
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(websocket, origin="http://evil.example")
    assert caught.value.status == 403


def test_it_listens_on_loopback_only(ended: Path, serve: Serve) -> None:
    served = serve(ended)
    listens = psutil.Process(served.process.pid).net_connections()
    assert [c.laddr.ip for c in listens if c.status == psutil.CONN_LISTEN] == ["127.0.0.1"]


async def test_the_page_holds_nothing_of_another_site(
    ended: Path, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(ended)
    token = served.parts[1]
    async with session.get(served.address) as answer:
        text = await answer.text()
    assert "https://" not in text
    assert text.count("http://") == 0
    for name in ("js/textual.js", "css/xterm.css", "fonts/RobotoMono-VariableFont_wght.ttf"):
        assert f"/{token}/static/{name}" in text
        async with session.get(f"{served.address}static/{name}") as answer:
            assert answer.status == 200
            assert len(await answer.read()) > 1000


async def test_no_key_of_a_viewer_reaches_a_process(
    dialogue: DialogueRun, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(dialogue.folder)
    async with session.ws_connect(f"{served.parts[2]}?width=120&height=34") as socket:
        await read_until(socket, "read-only", "START")
        for key in ("\r", "A", "x", "e", "i", "S", "s", "m", "M", "R"):
            await socket.send_str(json.dumps(["stdin", key]))
        await socket.send_str(json.dumps(["stdin", "?"]))
        await read_until(socket, "Type ", "aggregator?")  # those before it have been handled
        assert dialogue.inputs == []
        assert dialogue.of_kind("stop") == dialogue.of_kind("mark") == []
        assert len(list(dialogue.folder.parent.iterdir())) == 1, "a viewer started a run"


async def test_a_viewer_of_a_finished_run_starts_none(
    ended: Path, serve: Serve, session: aiohttp.ClientSession, own_site: Path
) -> None:
    served = serve(ended)
    async with session.ws_connect(f"{served.parts[2]}?width=120&height=34") as socket:
        await read_until(socket, "3 of 3 rounds")
        await socket.send_str(json.dumps(["stdin", "R"]))
        await read_until(socket, "this view is read-only")
    assert list(own_site.rglob("manifest.json")) == []


async def test_nonsense_of_a_viewer_ends_nothing(
    ended: Path, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(ended)
    async with session.ws_connect(f"{served.parts[2]}?width=-5&height=x") as socket:
        for text in (
            "",
            "[]",
            "{}",
            '["resize", 7]',
            '["resize", {"width": 1e30, "height": null}]',
            '["stdin"]',
            "7",
        ):
            await socket.send_str(text)
        await socket.send_bytes(b"\0\1")
        await socket.send_str(json.dumps(["resize", {"width": 100, "height": 30}]))
        await read_until(socket, "3 of 3 rounds")


async def test_the_end_of_the_server_leaves_no_app_and_does_not_touch_the_run(
    dialogue: DialogueRun, serve: Serve, session: aiohttp.ClientSession
) -> None:
    for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)):
        served = serve(dialogue.folder)
        async with session.ws_connect(served.parts[2]) as socket:
            await read_until(socket, "START")
            apps = served.apps
            assert any("served_app" in command_of(pid) for pid in apps)
            begun = time.monotonic()
            assert await asyncio.to_thread(served.end, number) == code
            assert time.monotonic() - begun < 10
        wait_until(lambda pids=apps: ended_all(pids), 20, "the end of the viewer's app")
    assert dialogue.alive
    assert dialogue.of_kind("stop") == []


async def test_a_viewer_who_leaves_takes_the_app_along(
    dialogue: DialogueRun, serve: Serve, session: aiohttp.ClientSession
) -> None:
    served = serve(dialogue.folder)
    async with session.ws_connect(served.parts[2]) as first, session.ws_connect(served.parts[2]) as second:
        await read_until(first, "START")
        await read_until(second, "START")
        assert len(served.apps) == 2
        await first.close()
        await asyncio.to_thread(wait_until, lambda: len(served.apps) == 1, 20, "the end of one app")
        await second.send_str(json.dumps(["stdin", "q"]))  # its own key: it leaves too
        async with asyncio.timeout(20):
            while not (await second.receive()).type.name.startswith("CLOS"):
                pass
    wait_until(lambda: served.apps == [], 20, "the end of both apps")
    assert dialogue.alive


async def test_a_browser_shows_the_run(dialogue: DialogueRun, serve: Serve, tmp_path: Path) -> None:
    served = serve(dialogue.folder)
    async with chromium_or_skip(tmp_path / "profile") as page:
        await page.open(served.address)
        await page.until(lambda: b"START" in page.received, "the run did not come")
        assert b"read-only" in page.received
        assert await page.value("document.title") == "dialogue - fltui"
        assert await page.value("document.querySelectorAll('canvas').length") > 0
        assert await page.value("getComputedStyle(document.querySelector('.opening')).display") == "none"
        where = served.parts[0]
        assert [url for url in page.requests if urlsplit(url).netloc not in (where, "")] == []
        assert page.errors == []
        await page.click(300, 300)
        for key in "Ax?":
            await page.press(key)
        await page.until(lambda: b"aggregator?" in page.received, "a key of the browser did not come")
        assert dialogue.inputs == []
        picture = await page.picture()
        assert len(picture) > 20_000, "a screen of text is no smaller"
        assert await asyncio.to_thread(served.end) == 0
        closed = "document.body.classList.contains('-closed')"
        deadline = time.monotonic() + 20
        while not await page.value(closed):
            assert time.monotonic() < deadline, "the page does not say that the view has ended"
            await asyncio.sleep(0.05)
    assert dialogue.alive


def test_without_textual_serve_it_says_what_to_install(ended: Path) -> None:
    code = "import sys; sys.modules['textual_serve'] = None\nfrom fltui.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "serve", str(ended)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "serve needs the package textual-serve" in done.stderr
    assert "pip install 'fltui[serve]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_run_is_said_at_once(tmp_path: Path) -> None:
    for words, says in (
        ([str(tmp_path)], "manifest"),
        (["nothing-like-it"], "no run"),
        ([], "no run is live"),
    ):
        done = fltui("serve", *words)
        assert done.returncode in (1, 2), done.stderr
        assert says in done.stderr
        assert done.stdout == ""


def test_a_busy_port_is_a_sentence(ended: Path, serve: Serve) -> None:
    port = serve(ended).parts[0].rpartition(":")[2]
    done = fltui("serve", str(ended), "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
