"""The control socket is reached however long the run folder's path is."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from fltui.record import socket_path
from fltui.record.manifest import read_manifest, update_manifest
from fltui.record.writer import RunWriter


@pytest.fixture
def deep_run(tmp_path: Path, manifest: dict[str, Any]) -> Path:
    folder = tmp_path / ("deep " * 20) / ("ü" * 60) / "run"
    assert len(os.fsencode(folder / "control.sock")) > 107
    RunWriter.create(folder, manifest).close()
    return folder


def talk(listener: socket.socket, folder: Path) -> bytes:
    with socket_path.connect(folder) as client:
        server, _ = listener.accept()
        with server:
            server.sendall(b"hello")
        return client.recv(100)


def test_a_path_that_is_too_long_for_a_socket_is_no_obstacle(deep_run: Path) -> None:
    with socket_path.listen(deep_run) as listener:
        assert talk(listener, deep_run) == b"hello"
        assert (deep_run / "control.sock").stat().st_mode & 0o777 == 0o600
        assert not listener.get_inheritable()
    socket_path.remove(deep_run)
    assert not (deep_run / "control.sock").exists()


def test_a_stale_socket_is_replaced(deep_run: Path) -> None:
    socket_path.listen(deep_run).close()
    with pytest.raises(ConnectionRefusedError):
        socket_path.connect(deep_run)
    with socket_path.listen(deep_run) as listener:
        assert talk(listener, deep_run) == b"hello"


def test_a_run_without_a_socket_is_told_apart_from_one_that_does_not_answer(deep_run: Path) -> None:
    with pytest.raises(FileNotFoundError):
        socket_path.connect(deep_run)
    with pytest.raises(FileNotFoundError):
        socket_path.connect(deep_run / "nowhere")


def test_where_the_file_system_refuses_sockets_the_manifest_names_another_folder(
    deep_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_in = socket_path._listen_in

    def refuse(folder: Path, backlog: int) -> socket.socket:
        if folder == deep_run:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return listen_in(folder, backlog)

    monkeypatch.setattr(socket_path, "_listen_in", refuse)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket_path.listen(deep_run) as listener:
        elsewhere = Path(read_manifest(deep_run)["socket"])
        assert elsewhere.parent == tmp_path
        assert elsewhere.stat().st_mode & 0o777 == 0o700
        assert talk(listener, deep_run) == b"hello"
    socket_path.remove(deep_run)
    assert not elsewhere.exists()


def test_a_folder_that_is_none_of_ours_is_left_alone_whatever_a_manifest_says(
    deep_run: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "control.sock").touch()
    update_manifest(deep_run, socket=str(theirs))
    socket_path.remove(deep_run)
    assert (theirs / "control.sock").exists()


def test_another_error_is_not_mistaken_for_a_refusal(deep_run: Path) -> None:
    with pytest.raises(FileNotFoundError):
        socket_path.listen(deep_run / "nowhere")
