"""What answers at an address, said within seconds: real sockets that refuse, are silent, or speak otherwise."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stadle_aggregator.reach import Unreachable, look

Answer = Callable[[socket.socket], None]
SETTINGS_FRAME = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
LIMIT_S = 0.6


@pytest.fixture
def listening() -> Iterator[Callable[[Answer], int]]:
    """`listening(answer)` is a port at which `answer(line)` is called for each connection."""
    servers: list[socket.socket] = []

    def listen(answer: Answer) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    try:
                        answer(line)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield listen
    for server in servers:
        server.close()


def until_closed(line: socket.socket) -> None:
    while line.recv(1000):
        pass


def http2(line: socket.socket) -> None:
    line.sendall(SETTINGS_FRAME)
    until_closed(line)


def test_a_server_of_grpc_is_reached(listening: Callable[[Answer], int]) -> None:
    look("127.0.0.1", listening(http2), tls=False, timeout=5)


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match=f"nobody listens on 127.0.0.1:{port}.*dashboard"):
        look("127.0.0.1", port, tls=False, timeout=5)


@pytest.mark.parametrize("tls", [False, True])
def test_something_is_silent(listening: Callable[[Answer], int], tls: bool) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"accepts connections .* but says nothing"):
        look("127.0.0.1", listening(until_closed), tls, timeout=LIMIT_S)
    assert time.monotonic() - began < LIMIT_S + 5


def test_a_port_whose_queue_is_full_does_not_answer() -> None:
    """As behind a firewall that swallows: the connection is never made."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    waiting = []
    try:
        for _ in range(8):
            line = socket.socket()
            line.setblocking(False)
            line.connect_ex(server.getsockname())
            waiting.append(line)
        with pytest.raises(Unreachable, match="does not answer"):
            look("127.0.0.1", server.getsockname()[1], tls=False, timeout=LIMIT_S)
    finally:
        for line in (*waiting, server):
            line.close()


def test_another_kind_of_server(listening: Callable[[Answer], int]) -> None:
    port = listening(lambda line: line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(Unreachable, match="no gRPC server: try comm_protocol=https"):
        look("127.0.0.1", port, tls=False, timeout=5)


def test_it_hangs_up(listening: Callable[[Answer], int]) -> None:
    with pytest.raises(Unreachable, match=r"hung up: try comm_protocol=https|hung up \("):
        look("127.0.0.1", listening(lambda line: None), tls=False, timeout=5)


def test_tls_against_a_server_without_it(listening: Callable[[Answer], int]) -> None:
    with pytest.raises(Unreachable, match="does not speak TLS: try comm_protocol=http"):
        look("127.0.0.1", listening(http2), tls=True, timeout=5)


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(Unreachable, match="cannot be resolved"):
        look("no-such-host.invalid", 8765, tls=False, timeout=5)


@pytest.fixture
def tls_port(listening: Callable[[Answer], int], tmp_path: Path) -> int:
    """A server with TLS and a certificate of its own, as STADLE's service has."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=somebody",
            ),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])

    def answer(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as inside:
            http2(inside)

    return listening(answer)


def test_tls_is_reached_whoever_made_the_certificate(tls_port: int) -> None:
    look("127.0.0.1", tls_port, tls=True, timeout=5)


def test_no_tls_against_a_server_that_wants_it(tls_port: int) -> None:
    with pytest.raises(Unreachable, match="try comm_protocol=https"):
        look("127.0.0.1", tls_port, tls=False, timeout=5)


def test_as_a_command_it_says_so_in_one_line_and_fails(listening: Callable[[Answer], int]) -> None:
    common = Path(__file__).resolve().parents[3] / "recipes" / "common"
    command = [sys.executable, "-m", "stadle_aggregator.reach", "--address", "127.0.0.1", "--timeout", "0.5"]
    command += ["--protocol", "http", "--port"]
    silent = subprocess.run(
        [*command, str(listening(until_closed))], cwd=common, capture_output=True, text=True
    )
    assert silent.returncode == 1
    assert "says nothing" in silent.stdout
    assert silent.stderr == ""
    there = subprocess.run([*command, str(listening(http2))], cwd=common, capture_output=True, text=True)
    assert there.returncode == 0
    assert '"event": "reachable"' in there.stdout
