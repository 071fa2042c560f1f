"""An environment is built once, whole, or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.environment.build import Step, check, ensure, remove
from fltui.environment.errors import EnvironmentProblem, LicenceNeeded, Unreachable
from fltui.environment.state import BUILT, old_builds, read_built, size_of, status

ENSURE = """
import sys
from pathlib import Path
from fltui.environment.build import ensure
from fltui.environment.catalogue import find
print(ensure(find("tiny", Path(sys.argv[1])), None, lambda step: print(step.text, flush=True)).folder)
"""


def in_another_process(recipes: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ENSURE, str(recipes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def test_it_is_built_with_its_packages_checked_and_marked(tiny) -> None:
    steps: list[Step] = []
    found = ensure(tiny.spec, None, steps.append)
    assert found.built
    assert subprocess.run([str(found.python), "-c", "import tinypart"], check=False).returncode == 0
    facts = read_built(found.folder)
    assert (facts["lock"], facts["packages"], facts["check"]) == (found.lock, 1, ["1.0"])
    assert steps[0].text == f"python {tiny.spec.python}"
    assert steps[-1].text == "check"


def test_bytecode_is_written_although_the_variable_forbids_it(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    found = ensure(tiny.spec, None, lambda step: None)
    assert list(found.folder.rglob("tinypart.*.pyc"))


def test_a_second_call_builds_nothing(tiny) -> None:
    first = ensure(tiny.spec, None, lambda step: None)
    before = read_built(first.folder)
    assert ensure(tiny.spec, None, lambda step: pytest.fail("built again")).folder == first.folder
    assert read_built(first.folder) == before


def test_two_who_need_it_at_the_same_time_build_it_once(tiny) -> None:
    tiny.check("import time, tinypart; time.sleep(1)")
    first, second = in_another_process(tiny.recipes), in_another_process(tiny.recipes)
    outputs = [process.communicate(timeout=60)[0].splitlines() for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert outputs[0][-1] == outputs[1][-1]
    assert sorted("check" in lines for lines in outputs) == [False, True]
    waited = next(lines for lines in outputs if "check" not in lines)
    assert any("builds it; waiting" in line for line in waited)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_is_never_used(tiny, tmp_path: Path, number: signal.Signals) -> None:
    flag = tmp_path / "checking"
    tiny.check(f"import time, pathlib; pathlib.Path({str(flag)!r}).touch(); time.sleep(60)")
    builder = in_another_process(tiny.recipes)
    until(flag.exists, "the build's check did not begin")
    builder.send_signal(number)
    builder.wait(20)
    assert not status(tiny.spec, None).built
    if number is signal.SIGINT:
        assert tiny.builds == [], "an orderly interruption removes what it began"
    tiny.check("import tinypart")
    assert ensure(tiny.spec, None, lambda step: None).built
    assert [path for path in tiny.builds if not (path / BUILT).exists()] == []


def test_a_failing_check_is_no_environment(tiny) -> None:
    tiny.check("raise SystemExit('torch has no kernels')")
    with pytest.raises(EnvironmentProblem, match=r"its check fails: .*torch has no kernels"):
        ensure(tiny.spec, None, lambda step: None)
    assert tiny.builds == []


def test_what_a_check_leaves_running_is_ended(tiny, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    tiny.check(
        "import subprocess, pathlib\n"
        "p = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(p.pid))\n"
    )
    ensure(tiny.spec, None, lambda step: None)
    pid = int(pid_file.read_text())

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    until(gone, "the worker lives on")


def test_without_network_one_sentence_says_what_and_from_where(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.delenv("UV_FIND_LINKS")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(Unreachable) as caught:
        ensure(tiny.spec, None, lambda step: None)
    text = str(caught.value)
    assert "environment tiny could not be built: http://127.0.0.1:9/simple" in text
    assert "\n" not in text
    assert tiny.builds == []


def test_a_changed_wheel_is_refused(tiny) -> None:
    lock = tiny.folder / "lock.txt"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0")[:-2] + "\n")
    with pytest.raises(EnvironmentProblem, match="could not be built") as caught:
        ensure(tiny.spec, None, lambda step: None)
    assert not isinstance(caught.value, Unreachable), "a network would not help"
    assert tiny.builds == []


def test_no_build_means_no_build(tiny) -> None:
    with pytest.raises(EnvironmentProblem, match="fltui env create tiny"):
        ensure(tiny.spec, None, lambda step: None, allow_build=False)
    assert tiny.builds == []


def test_a_licence_is_asked_for_before_anything_is_installed(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tiny.folder / "environment.toml").open("a") as file:
        file.write('licence = "Only on Tuesdays."\n')
    with pytest.raises(LicenceNeeded, match=r"Only on Tuesdays.*--accept-licence tiny"):
        ensure(tiny.spec, None, lambda step: None)
    assert tiny.builds == []
    monkeypatch.setenv("FLTUI_ACCEPT_LICENCE", "other, tiny")
    assert ensure(tiny.spec, None, lambda step: None).built


def test_a_full_disk_is_said_before_the_build(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = tiny.folder / "environment.toml"
    toml.write_text(toml.read_text().replace("gigabytes = 0.01", "gigabytes = 1e9"))
    with pytest.raises(EnvironmentProblem, match=r"needs about .* GB .* are free"):
        ensure(tiny.spec, None, lambda step: None)


def test_another_lock_is_another_build_and_the_old_one_can_be_removed(tiny) -> None:
    old = ensure(tiny.spec, None, lambda step: None).folder
    (tiny.folder / "lock.txt").write_text((tiny.folder / "lock.txt").read_text() + "# changed\n")
    new = ensure(tiny.spec, None, lambda step: None).folder
    assert old != new
    assert old_builds("tiny", {new}) == [old]
    remove(old)
    assert tiny.builds == [new]


def test_a_site_folder_is_used_first_and_never_removed(
    tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-environments"
    built = ensure(tiny.spec, None, lambda step: None)
    built.folder.parent.rename(site)
    monkeypatch.setenv("FLTUI_ENVIRONMENTS", str(site))
    found = status(tiny.spec, None)
    assert found.built
    assert found.folder.parent == site
    with pytest.raises(EnvironmentProblem, match="belongs to the site"):
        remove(found.folder)


def test_check_runs_the_check_of_a_built_one_only(tiny) -> None:
    with pytest.raises(EnvironmentProblem, match="is not built"):
        check(tiny.spec, None)
    ensure(tiny.spec, None, lambda step: None)
    assert check(tiny.spec, None) == "1.0\n"


def test_size_counts_hard_links_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    alone = size_of(tmp_path)
    os.link(tmp_path / "a", tmp_path / "b")
    assert size_of(tmp_path) == alone >= 100_000


def test_the_marker_is_json_for_people_and_scripts(tiny) -> None:
    found = ensure(tiny.spec, None, lambda step: None)
    assert json.loads((found.folder / BUILT).read_text())["name"] == "tiny"
