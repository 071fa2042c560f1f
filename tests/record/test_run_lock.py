"""A run is alive while its lock is held by the process that signed it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fltui.record import lock


@pytest.fixture
def held_elsewhere(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a program that has `fd` (the held lock of tmp_path) and prints when it is ready."""
    started: list[subprocess.Popen[str]] = []

    def start(then: str) -> subprocess.Popen[str]:
        program = "import os, sys, time\nfrom fltui.record import lock\nfd = lock.hold(sys.argv[1])\n"
        process = subprocess.Popen(
            [sys.executable, "-c", program + textwrap.dedent(then), str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def gone(folder: Path) -> bool:
    deadline = time.monotonic() + 10
    while lock.owner(folder) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


WAIT = "print('held', flush=True)\nsys.stdin.read()\n"


def test_the_holder_is_the_owner_until_it_dies(
    tmp_path: Path, held_elsewhere: Callable[[str], subprocess.Popen[str]]
) -> None:
    assert lock.owner(tmp_path) is None
    process = held_elsewhere(WAIT)
    assert process.stdout is not None
    process.stdout.readline()
    found = lock.owner(tmp_path)
    assert found is not None
    assert found.pid == process.pid
    with pytest.raises(lock.RunOwnedError, match=f"belongs to pid {process.pid}"):
        lock.hold(tmp_path)
    process.kill()
    assert gone(tmp_path)
    os.close(lock.hold(tmp_path))  # a stale file is no obstacle


def test_a_stale_file_names_no_owner_even_when_its_process_lives(tmp_path: Path) -> None:
    fd = lock.hold(tmp_path)
    content = (tmp_path / "lock").read_text()
    os.close(fd)
    assert json.loads(content)["pid"] == os.getpid()
    assert lock.owner(tmp_path) is None


@pytest.mark.parametrize(
    "change", [{"start_time": 1}, {"boot_id": "another boot"}, {"pid": 2**22 + 1}, None], ids=str
)
def test_a_held_lock_that_another_process_signed_names_no_owner(
    tmp_path: Path, change: dict[str, object] | None
) -> None:
    fd = lock.hold(tmp_path)
    assert lock.owner(tmp_path) is not None
    path = tmp_path / "lock"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}) if change else "not json")
    assert lock.owner(tmp_path) is None
    lock.sign(fd)
    assert lock.owner(tmp_path) is not None
    os.close(fd)


def test_the_lock_outlives_the_guard_as_long_as_the_supervisor_holds_it(
    tmp_path: Path, held_elsewhere: Callable[[str], subprocess.Popen[str]]
) -> None:
    guard = held_elsewhere(
        """
        parent = os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                time.sleep(0.01)
            lock.sign(fd)
            print(os.getpid(), flush=True)
            time.sleep(60)
        print('forked', flush=True)
        time.sleep(60)
        """
    )
    assert guard.stdout is not None
    guard.stdout.readline()
    guard.kill()
    supervisor = int(guard.stdout.readline())
    found = lock.owner(tmp_path)
    assert found is not None
    assert found.pid == supervisor
    os.kill(supervisor, 9)
    assert gone(tmp_path)


def test_a_child_started_by_exec_does_not_keep_the_run_alive(
    tmp_path: Path, held_elsewhere: Callable[[str], subprocess.Popen[str]]
) -> None:
    process = held_elsewhere(
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'], close_fds=False)\n"
        "print(child.pid, flush=True)\nsys.stdin.read()\n"
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.kill()
    try:
        assert gone(tmp_path)
        os.kill(child, 0)  # it still lives
        os.close(lock.hold(tmp_path))
    finally:
        os.kill(child, 9)


def test_somebody_who_only_looks_at_the_owner_does_not_hinder_taking_the_lock(tmp_path: Path) -> None:
    os.close(lock.hold(tmp_path))
    looking = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    look_away = threading.Timer(0.2, os.close, [looking])
    look_away.start()
    fd = lock.hold(tmp_path)
    look_away.join()
    assert lock.owner(tmp_path) is not None
    os.close(fd)


def test_two_lookers_do_not_take_each_other_for_an_owner(tmp_path: Path) -> None:
    os.close(lock.hold(tmp_path))
    fd = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_SH)  # another `owner` in the middle of its look
    assert lock.owner(tmp_path) is None
    os.close(fd)


def test_a_folder_that_is_none_has_no_owner(tmp_path: Path) -> None:
    assert lock.owner(tmp_path / "nowhere") is None
