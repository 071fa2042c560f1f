"""Claims about starting an engine, with small programs in the engine's place."""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fltui.control.client import Supervisor
from fltui.control.start import StartError, WarmEngine, start
from fltui.facts.launch import Launch
from fltui.facts.plan import LaunchPlan, Process
from fltui.probe.processes import command_of

ANSWER = 'import json, os, sys; print(json.dumps({"ok": True, "pid": os.getpid()}), flush=True)'


def launch_in(folder: Path, title: str = "a run") -> Launch:
    return Launch(LaunchPlan("own/recipe", title, "none", "none", "run-1", str(folder), {}, ()))


def engine(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_the_launch_arrives_as_one_json_line(tmp_path: Path) -> None:
    code = f"import sys; open('{tmp_path}/got', 'w').write(sys.stdin.read()); {ANSWER}"
    started = start(launch_in(tmp_path / "run"), command=engine(code))
    assert started.wait(30)
    text = (tmp_path / "got").read_text()
    assert text.count("\n") == 1
    assert json.loads(text)["plan"]["run"] == "run-1"


def test_a_launch_larger_than_a_pipe_arrives_whole(tmp_path: Path) -> None:
    code = f"import sys; open('{tmp_path}/got', 'w').write(sys.stdin.read()); {ANSWER}"
    start(launch_in(tmp_path / "run", title="x" * 1_000_000), command=engine(code)).wait(30)
    assert len((tmp_path / "got").read_text()) > 1_000_000


def test_an_engine_runs_in_a_session_of_its_own_and_is_reaped_when_it_ends(tmp_path: Path) -> None:
    code = f"{ANSWER}; import time; time.sleep(0.3)"
    started = start(launch_in(tmp_path / "run"), command=engine(code))
    assert os.getsid(started.pid) == started.pid
    assert until(lambda: not Path(f"/proc/{started.pid}").exists()), "it stayed as a zombie"


def test_no_pipe_stays_open_in_the_front_end(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    started = start(launch_in(tmp_path / "run"), command=engine(ANSWER))
    assert started.wait(30)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_an_answer_that_comes_before_all_is_said_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine has the whole launch, answers and lets go while its front end gets no turn."""
    send = socket.send_fds

    def slowly(connection: socket.socket, data: Sequence[bytes], fds: Sequence[int]) -> int:
        sent = send(connection, data, fds)
        let_go = select.poll()
        let_go.register(connection, 0)  # POLLHUP is told unasked
        assert let_go.poll(20_000)
        return sent

    monkeypatch.setattr(socket, "send_fds", slowly)
    with tempfile.TemporaryFile() as lock:
        command = engine(f"import sys; sys.stdin.readline(); {ANSWER}")
        assert start(launch_in(tmp_path / "run"), (lock.fileno(),), command).wait(30)


def test_a_refusal_is_said_with_the_engines_own_sentence(tmp_path: Path) -> None:
    code = 'print(\'{"ok": false, "error": "the folder is in use"}\')'
    with pytest.raises(StartError, match=r"^the folder is in use$"):
        start(launch_in(tmp_path / "run"), command=engine(code))


def test_an_engine_that_dies_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(
        StartError, match=r"ended before .* ModuleNotFoundError: No module named 'nothing_there'"
    ):
        start(launch_in(tmp_path / "run"), command=engine("import nothing_there"))


def test_an_engine_that_is_killed_at_once_is_reported_with_the_signal(tmp_path: Path) -> None:
    code = "import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)"
    with pytest.raises(StartError, match=r"ended before it had started the run; it was killed by signal 9$"):
        start(launch_in(tmp_path / "run"), command=engine(code))


def test_an_engine_that_never_answers_is_ended(tmp_path: Path) -> None:
    code = f"import os, time; open('{tmp_path}/pid', 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(StartError, match="no answer within 1 s"):
        start(launch_in(tmp_path / "run"), command=engine(code), answer_s=1.0)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


def test_an_answer_that_is_no_json_is_reported(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no JSON"):
        start(launch_in(tmp_path / "run"), command=engine("print('hello')"))


def test_a_warm_engine_without_a_launch_ends_when_it_is_closed(tmp_path: Path) -> None:
    with WarmEngine() as warm:
        pid = warm._process.pid
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()


def test_a_warm_engine_ends_when_its_front_end_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from fltui.control.start import WarmEngine; warm = WarmEngine()\n"
        "print(warm._process.pid, flush=True); sys.stdin.read()"
    )
    front_end = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert front_end.stdout is not None
    pid = int(front_end.stdout.readline())
    front_end.kill()
    front_end.communicate()
    assert until(lambda: command_of(pid) == ""), "it still waits for a launch"


def test_a_real_engine_runs_and_holds_the_locks_but_its_children_do_not(tmp_path: Path) -> None:
    locks = [os.open(tmp_path / f"port-{n}", os.O_RDWR | os.O_CREAT) for n in range(300)]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    argv = ("/bin/sh", "-c", f"ls /proc/self/fd > {tmp_path}/fds; read line")
    process = Process("child", "child", "client", argv, str(tmp_path))
    launch = replace(
        launch_in(tmp_path / "run"), plan=replace(launch_in(tmp_path / "run").plan, processes=(process,))
    )
    engine = start(launch, locks)
    for lock in locks:
        os.close(lock)
    again = [os.open(tmp_path / f"port-{n}", os.O_RDWR) for n in (0, 150, 299)]
    for lock in again:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert until(lambda: (tmp_path / "fds").exists() and (tmp_path / "fds").read_text().count("\n") >= 3)
    assert (tmp_path / "fds").read_text().split() == ["0", "1", "2", "3"]  # 3 is what `ls` reads
    with Supervisor.connect(tmp_path / "run") as supervisor:
        supervisor.request("send", process="child", text="go")
    assert engine.wait(20)
    for lock in again:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(lock)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_run_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"cannot be made: Not a directory$"):
        start(launch_in(tmp_path / "file" / "run"))


def test_a_folder_that_holds_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(StartError, match="already holds a run"):
        start(launch_in(tmp_path))
