"""A tiny environment of one wheel made here, so that real builds are quick and need no network."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fltui.environment.catalogue import EnvironmentSpec, find

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def make_wheel(folder: Path, name: str, version: str = "1.0") -> Path:
    """A wheel with one module whose `SAYS` is its version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"SAYS = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for file, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{file},sha256={digest},{len(text)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0)), text)
    return path


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@dataclass
class Tiny:
    """A recipes folder with the environment `tiny`, and the cache it is built in."""

    recipes: Path
    cache: Path
    wheels: Path

    @property
    def folder(self) -> Path:
        return self.recipes / "environments" / "tiny"

    @property
    def spec(self) -> EnvironmentSpec:
        return find("tiny", self.recipes)

    @property
    def builds(self) -> list[Path]:
        return [path for path in (self.cache / "fltui" / "environments").glob("tiny-*") if path.is_dir()]

    def check(self, code: str) -> None:
        (self.folder / "check.py").write_text(code)

    def describe(self, text: str) -> None:
        """More lines for environment.toml."""
        with (self.folder / "environment.toml").open("a") as file:
            file.write(text)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    found = Tiny(tmp_path / "recipes", tmp_path / "cache", tmp_path / "links")
    wheel = make_wheel(found.wheels, "tinypart")
    found.folder.mkdir(parents=True)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (found.folder / "lock.txt").write_text(f"tinypart==1.0 \\\n    --hash=sha256:{digest}\n")
    (found.folder / "environment.toml").write_text(
        f'summary = "one wheel"\npython = "{VERSION}"\ngigabytes = 0.01\n'
    )
    found.check("import tinypart; print(tinypart.SAYS)")
    for name in [
        *(n for n in os.environ if n.startswith(("UV_", "PIP_"))),
        "FLTUI_ENVIRONMENTS",
        "FLTUI_WHEELS",
        "FLTUI_ACCEPT_LICENCE",
    ]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(found.cache))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_FIND_LINKS", str(found.wheels))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return found


@dataclass
class Index:
    """A package index on loopback that has one wheel and does not hand it out until `let_go`."""

    address: str
    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def slow_index(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """uv's only source of `tinypart`. While its wheel is asked for, the build is in uv's hands."""
    wheel = next(tiny.wheels.glob("tinypart-*.whl"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".whl"):
                index.asked.set()
                index.let_go.wait(60)
                body, kind = wheel.read_bytes(), "application/zip"
            else:
                body, kind = f'<a href="/{wheel.name}">{wheel.name}</a>'.encode(), "text/html"
            try:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True  # who asked is gone

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index = Index(f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{index.address}/simple")
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.delenv("UV_FIND_LINKS")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield index
    index.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(name="make_wheel")
def make_wheel_fixture() -> Callable[..., Path]:
    return make_wheel
