"""Whatever ends a build, nothing half-made is used, and nothing of it lives on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.environment.build import Step, ensure, remove
from fltui.environment.build_lock import alone, sweep
from fltui.environment.errors import EnvironmentProblem
from fltui.environment.state import BUILT, status

FLTUI = (sys.executable, "-m", "fltui.cli.main")


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def builder(tiny) -> subprocess.Popen[bytes]:
    words = ("--recipes", str(tiny.recipes), "env", "create", "tiny")
    return subprocess.Popen([*FLTUI, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def of_the_build(folder: Path) -> list[str]:
    """The command lines of all processes that name a build's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_signal_removes_what_was_begun(tiny, slow_index, number: signal.Signals, code: int) -> None:
    folder = status(tiny.spec, None).folder
    process = builder(tiny)
    assert slow_index.asked.wait(30)
    assert folder.exists()
    process.send_signal(number)
    assert process.wait(20) == code
    assert tiny.builds == []
    assert of_the_build(folder) == []


def test_a_killed_builders_uv_dies_with_it_and_the_next_build_is_whole(tiny, slow_index) -> None:
    folder = status(tiny.spec, None).folder
    process = builder(tiny)
    assert slow_index.asked.wait(30)
    process.kill()
    process.wait(20)
    until(lambda: of_the_build(folder) == [], "uv lives on")
    assert tiny.builds == [folder], "nobody could remove it"
    assert not status(tiny.spec, None).built
    slow_index.let_go.set()
    assert ensure(tiny.spec, None, lambda step: None).built


def test_a_builder_killed_in_its_check_is_swept_up(tiny, tmp_path: Path) -> None:
    flag = tmp_path / "checking"
    tiny.check(f"import time, pathlib; pathlib.Path({str(flag)!r}).touch(); time.sleep(60)")
    process = builder(tiny)
    until(flag.exists, "the build's check did not begin")
    process.kill()
    process.wait(20)
    [folder] = tiny.builds
    until(lambda: of_the_build(folder) == [], "the check lives on")
    listed = subprocess.run(
        [*FLTUI, "--recipes", str(tiny.recipes), "env", "list"], capture_output=True, text=True, check=True
    )
    assert f"removed {folder}" in listed.stderr
    assert tiny.builds == []


def test_a_build_under_way_is_neither_swept_nor_removed(tiny) -> None:
    folder = status(tiny.spec, None).folder
    folder.mkdir(parents=True)
    with alone(folder, lambda who: pytest.fail(f"held by {who}")):
        assert sweep() == []
        with pytest.raises(EnvironmentProblem, match="is being built by pid"):
            remove(folder)
    assert sweep() == [folder]


def test_what_progress_raises_ends_the_build(tiny) -> None:
    def cancel(step: Step) -> None:
        if step.text == "check":
            raise TimeoutError("enough")

    with pytest.raises(TimeoutError):
        ensure(tiny.spec, None, cancel)
    assert tiny.builds == []


def test_an_environment_whose_interpreter_went_away_is_built_again(tiny) -> None:
    found = ensure(tiny.spec, None, lambda step: None)
    found.python.unlink()
    found.python.symlink_to("/nowhere/python")
    assert (found.folder / BUILT).exists()
    assert not status(tiny.spec, None).built
    assert ensure(tiny.spec, None, lambda step: None).built


def test_one_in_use_is_not_removed(tiny) -> None:
    found = ensure(tiny.spec, None, lambda step: None)
    words = (*FLTUI, "--recipes", str(tiny.recipes), "env", "remove", "tiny")
    user = subprocess.Popen([str(found.python), "-c", "input()"], stdin=subprocess.PIPE)
    try:
        until(lambda: str(found.python) in "".join(of_the_build(found.folder)), "it did not start")
        refused = subprocess.run(words, capture_output=True, text=True, check=False)
        assert refused.returncode != 0
        assert f"in use by pid {user.pid}" in refused.stderr
        assert found.folder.exists()
    finally:
        user.communicate(b"\n")
    assert subprocess.run(words, check=False, capture_output=True).returncode == 0
    assert tiny.builds == []
