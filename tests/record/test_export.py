"""Claims about a run as one file, and about what it takes on disk."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from synthetic_runs import SyntheticRun, held

from fltui.record.export import ExportCancelled, export_name, export_run
from fltui.record.lock import RunOwnedError
from fltui.record.manifest import RunFolderError
from fltui.record.run_size import size_on_disk
from fltui.record.snapshot import snapshot_of

NAME = "20261124-101500-sst2-ibmfl-k3f9"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = SyntheticRun(tmp_path / NAME).whole()
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "token").write_text("hunter2")
    (folder / "artifacts" / "round-001.npz").write_bytes(os.urandom(100_000))
    (folder / "artifacts" / "link").symlink_to("/etc/hostname")
    return folder


def test_what_comes_out_is_the_same_run_without_its_secrets_and_links(run: Path, tmp_path: Path) -> None:
    file = export_run(run, tmp_path / export_name(run))
    assert file.name == f"{NAME}.tar.gz"
    with tarfile.open(file) as tar:
        members = tar.getmembers()
        assert all(member.isreg() and member.name.startswith(f"{NAME}/") for member in members)
        assert all((member.uid, member.uname) == (0, "") for member in members), "names of this machine"
        tar.extractall(tmp_path / "elsewhere", filter="data")
    there = tmp_path / "elsewhere" / NAME
    assert not {"secrets", "lock"} & set(os.listdir(there))
    assert not (there / "artifacts" / "link").exists()
    assert (there / "artifacts" / "round-001.npz").read_bytes() == (
        run / "artifacts/round-001.npz"
    ).read_bytes()
    assert snapshot_of(there).result == snapshot_of(run).result
    assert export_run(run, tmp_path / "again.tar.gz").read_bytes() == file.read_bytes()


def test_a_hard_link_travels_as_a_file_and_takes_no_room_of_the_run(run: Path, tmp_path: Path) -> None:
    shared = tmp_path / "cache"
    shared.write_bytes(os.urandom(300_000))
    before = size_on_disk(run)
    assert before >= 100_000, "the weights are the run's own"
    os.link(shared, run / "work" / "vectors.npy")
    assert size_on_disk(run) == before
    with tarfile.open(export_run(run, tmp_path / "run.tar.gz")) as tar:
        assert tar.getmember(f"{NAME}/work/vectors.npy").isreg()


def test_a_live_run_is_not_exported(run: Path, tmp_path: Path) -> None:
    with held(run), pytest.raises(RunOwnedError, match="still runs"):
        export_run(run, tmp_path / "run.tar.gz")


def test_nothing_is_overwritten_and_a_cancelled_export_leaves_nothing(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "run.tar.gz"
    target.parent.mkdir()
    heard: list[int] = []
    with pytest.raises(ExportCancelled):
        export_run(run, target, lambda done, total: heard.append(done) is None and done == 0)
    assert heard[-1] > 0, "it was cancelled before it began"
    assert list(target.parent.iterdir()) == []
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        export_run(run, target)
    assert target.read_text() == "mine"


def test_a_folder_without_a_run_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError):
        export_run(tmp_path, tmp_path / "x.tar.gz")
