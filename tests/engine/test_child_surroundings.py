"""What a child finds around itself when its own program begins."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path
from typing import Any

import pytest
from engines import Engines, python

from fltui.facts.plan import RunFile

LOOK = """
import fcntl, json, os, resource, signal, struct, termios
number = lambda name: int(open('/proc/self/stat').read().rpartition(')')[2].split()[name])
rows, columns = struct.unpack('HHHH', fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))[:2]
print(json.dumps({
    'terminals': [os.isatty(fd) for fd in (0, 1, 2)],
    'window': [columns, rows],
    'leads': [os.getpid() == os.getsid(0), os.getpid() == os.getpgid(0)],
    'controls': number(4) == os.fstat(1).st_rdev,
    'foreground': os.tcgetpgrp(1) == os.getpid(),
    'files': resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    'ignored': [n for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN],
    'blocked': len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    'open': sorted(int(fd) for fd in os.listdir('/proc/self/fd')),
    'environment': {name: os.environ.get(name) for name in ('FLTUI_RUN', 'FLTUI_PROCESS', 'LINES', 'A')},
    'umask': os.umask(0),
    'folder': os.getcwd(),
}))
"""


def look(engines: Engines, **changes: Any) -> dict[str, Any]:
    run = engines.start(python("client-1", LOOK, **changes))
    assert run.end()["verdict"] == "ok", run.log("client-1")
    return {**json.loads(run.log("client-1")), "name": run.name}


def test_a_child_has_a_terminal_a_session_and_the_callers_limits(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LINES", "7")
    monkeypatch.setenv("A", "from the caller")
    found = look(engines, cwd=tmp_path)
    assert found["terminals"] == [True, True, True]
    assert found["window"] == [160, 50]
    assert found["leads"] == [True, True]
    assert found["controls"]
    assert found["foreground"]
    assert found["files"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert set(found["ignored"]) <= {13, 25}  # SIGPIPE and SIGXFSZ: Python's own doing
    assert found["blocked"] == 0
    assert found["open"] == [0, 1, 2, 3]  # 3: the listing itself
    assert found["environment"] == {
        "FLTUI_RUN": found["name"],
        "FLTUI_PROCESS": "client-1",
        "LINES": None,
        "A": "from the caller",
    }
    assert found["folder"] == str(tmp_path)
    mask = os.umask(0o077)
    os.umask(mask)
    assert found["umask"] == mask


def test_the_supervisor_has_room_for_more_open_files_than_the_usual_limit(engines: Engines) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
    try:
        run = engines.start(python("client-1", LOOK), python("client-2", "input()"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert resource.prlimit(run.supervisor, resource.RLIMIT_NOFILE)[0] == min(65536, before[1])
    run.ask(do="send", process="client-2", text="")
    assert run.end()["verdict"] == "ok"
    assert json.loads(run.log("client-1"))["files"] == 256


@pytest.mark.parametrize(("stdin", "first"), [("null", False), ("pipe", False), ("tty", True)])
def test_standard_input_is_what_the_recipe_says(engines: Engines, stdin: str, first: bool) -> None:
    found = look(engines, stdin=stdin, columns=80, rows=24)
    assert found["terminals"] == [first, True, True]
    assert found["window"] == [80, 24]
    assert found["controls"]


def test_a_program_that_is_not_there_is_named(engines: Engines) -> None:
    run = engines.start(python("client-1", "", cwd="/nowhere/at/all"))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert run.log("client-1") == b"fltui: cannot start /nowhere/at/all: No such file or directory\n"
    assert result["reason"].startswith(
        "client-1 could not be started: /nowhere/at/all: No such file or directory at "
    )


def test_ppid_of_a_child_is_the_supervisor(engines: Engines) -> None:
    run = engines.start(python("client-1", "import os; print(os.getppid())"))
    run.end()
    assert int(run.log("client-1")) == run.supervisor != os.getpid()


def test_files_of_the_plan_are_there_before_the_first_child(engines: Engines) -> None:
    path = engines.root / "run0" / "files" / "deep" / "config.toml"
    run = engines.start(
        python("client-1", f"print(open({str(path)!r}).read())"), files=(RunFile(str(path), "rounds = 3"),)
    )
    assert run.end()["verdict"] == "ok"
    assert run.log("client-1") == b"rounds = 3\n"


def test_a_file_of_the_plan_that_cannot_be_written_ends_the_run_with_its_name(engines: Engines) -> None:
    path = engines.root / "occupied" / "config.toml"
    path.parent.write_text("no folder")
    run = engines.start(python("client-1", "print('never')"), files=(RunFile(str(path), "rounds = 3"),))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"] == f"{path} could not be written: File exists"
    assert run.states("client-1") == ["skipped"]
