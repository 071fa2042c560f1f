"""Claims about deleting runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from engines import Engines, sh, wait_until
from synthetic_runs import SyntheticRun, held

from fltui.control.crashed import close_crashed, left_of
from fltui.control.removal import CannotRemoveError, kept_elsewhere, remove_run
from fltui.facts.site import runs_folder
from fltui.record.lock import RunOwnedError, owner
from fltui.record.runs import list_runs

# In a session of its own, so that no death of its parents reaches it.
STUBBORN = "trap '' TERM HUP; echo up; setsid sh -c \"trap '' TERM HUP; while :; do sleep 0.1; done\""


def finished(name: str) -> Path:
    return SyntheticRun(runs_folder() / name).whole()


@pytest.mark.usefixtures("own_site")
def test_a_finished_run_goes_whole_and_the_others_stay() -> None:
    folder, other = finished("20261124-101500-a-k3f9"), finished("20261124-101501-b-k3f8")
    remove_run(folder)
    assert [entry.folder for entry in list_runs()] == [other]
    assert os.listdir(runs_folder()) == [other.name], "nothing hidden is left either"


@pytest.mark.usefixtures("own_site")
def test_a_live_run_stays() -> None:
    folder = finished("20261124-101500-a-k3f9")
    with held(folder), pytest.raises(RunOwnedError, match="fltui stop 20261124-101500-a-k3f9"):
        remove_run(folder)
    assert (folder / "manifest.json").exists()


@pytest.mark.usefixtures("own_site")
def test_of_a_run_that_lies_elsewhere_only_the_link_goes(tmp_path: Path) -> None:
    real = SyntheticRun(tmp_path / "mine" / "run").whole()
    link = runs_folder() / "20261124-101500-a-k3f9"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(real, target_is_directory=True)
    assert kept_elsewhere(link) == real
    remove_run(link)
    assert list_runs() == []
    assert (real / "manifest.json").exists()
    with pytest.raises(CannotRemoveError, match="yours to delete"):
        remove_run(real)


def test_a_run_that_left_processes_is_not_deleted_under_them(engines: Engines) -> None:
    run = engines.start(sh("stubborn", STUBBORN))
    wait_until(lambda: b"up" in run.log("stubborn"))
    wait_until(lambda: len(left_of(run.name)) >= 2)
    os.kill(run.guard, signal.SIGKILL)
    os.kill(run.supervisor, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None)
    with pytest.raises(CannotRemoveError, match="still live"):
        remove_run(run.folder)
    close_crashed(run.folder)
    wait_until(lambda: not left_of(run.name))
    remove_run(run.folder)
    assert not run.folder.exists()
