"""Who listens on a port is said by pid and command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable

import pytest

from fltui.probe.listeners import listeners, owner_of_port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_our_own_listener_is_ours(family: int) -> None:
    try:
        server = socket.socket(family)
        server.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    except OSError as error:
        pytest.skip(f"no such address here: {error}")
    with server:
        port = server.getsockname()[1]
        assert os.getpid() not in {found.pid for found in listeners(port)}, "bound is not listening"
        server.listen()
        (found,) = listeners(port)
        assert found.pid == os.getpid()
        assert found.inode == os.fstat(server.fileno()).st_ino
        assert owner_of_port(port) == found
        with socket.create_connection(server.getsockname()[:2]):  # a connection is no listener
            assert listeners(port) == [found]


def test_a_free_port_has_no_owner() -> None:
    port = free_port()
    assert listeners(port) == []
    assert owner_of_port(port) is None


def test_everybody_who_shares_a_socket_is_named(
    run_python: Callable[..., subprocess.Popen[str]], line_of: Callable[..., str]
) -> None:
    process = run_python(
        """
        import json, os, socket, time
        server = socket.create_server(("127.0.0.1", 0))
        copy = server.dup()
        child = os.fork()
        if child:
            print(json.dumps([server.getsockname()[1], os.getpid(), child]))
        time.sleep(60)
        """
    )
    port, *pids = json.loads(line_of(process))
    found = listeners(port)
    assert sorted(listener.pid for listener in found) == sorted(pids), "once each, however often it is open"
    assert len({listener.inode for listener in found}) == 1
    assert all("socket.create_server" in listener.command for listener in found)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_listener_of_another_user_is_named_by_that_user() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            server.close()
            found = [[listener.pid, listener.command] for listener in listeners(port)]
            os.write(send, json.dumps(found).encode())
            os._exit(0)
        os.waitpid(child, 0)
        found = json.loads(os.read(receive, 4096))
        os.close(receive)
        os.close(send)
    assert found == [[0, "a process of user root"]]
