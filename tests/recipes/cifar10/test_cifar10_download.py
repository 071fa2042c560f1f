"""The download of CIFAR-10: whole or not at all, by one run for all. Torchvision's part is a stand-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest

from cifar10 import images, torchvision_import
from cifar10.images import ARCHIVE, BATCHES, DataError, find_cifar10


class Torchvision:
    """`datasets.CIFAR10(root, train, download)`, as far as images.py uses it. `during` is called when the
    archive is there and nothing is unpacked."""

    def __init__(self) -> None:
        self.downloads = 0
        self.during: Callable[[], object] = lambda: None
        self.datasets = SimpleNamespace(CIFAR10=self.cifar10)

    def cifar10(self, root: str, train: bool, download: bool) -> Any:
        meta = Path(root) / BATCHES / "batches.meta"
        if download and not meta.exists():
            self.downloads += 1
            (Path(root) / ARCHIVE).write_bytes(b"half of it")
            self.during()
            meta.parent.mkdir()
            meta.touch()
        rows = 50 if train else 10
        return SimpleNamespace(data=np.zeros((rows, 32, 32, 3), np.uint8), targets=[0] * rows)


@pytest.fixture
def torchvision(monkeypatch: pytest.MonkeyPatch) -> Torchvision:
    stand_in = Torchvision()
    monkeypatch.delenv("FLTUI_DATA", raising=False)
    monkeypatch.setattr(images, "why_unreachable", lambda url: None)
    monkeypatch.setattr(torchvision_import, "import_torchvision", lambda: stand_in)
    return stand_in


def test_a_download_that_breaks_off_is_one_sentence_and_leaves_nothing(
    torchvision: Torchvision, tmp_path: Path
) -> None:
    def break_off() -> None:
        raise URLError("connection reset")

    torchvision.during = break_off
    with pytest.raises(
        DataError, match=r"the download of CIFAR-10 from \S+ failed: .*connection reset.*--set data=PATH"
    ):
        find_cifar10(None, tmp_path)
    assert [path.name for path in (tmp_path / "cifar10").iterdir()] == ["lock"]
    torchvision.during = lambda: None
    assert (find_cifar10(None, tmp_path).path / BATCHES / "batches.meta").is_file()


def test_what_a_killed_download_left_is_not_used(torchvision: Torchvision, tmp_path: Path) -> None:
    """Older versions left a torn archive in the folder itself, this one under the other name."""
    for name in ("torchvision", ".torchvision.half"):
        (tmp_path / "cifar10" / name / BATCHES).mkdir(parents=True)
        (tmp_path / "cifar10" / name / ARCHIVE).write_bytes(b"torn")
    found = find_cifar10(None, tmp_path)
    assert (found.path / ARCHIVE).read_bytes() == b"half of it"
    assert not (tmp_path / "cifar10" / ".torchvision.half").exists()


def test_of_two_runs_one_downloads_and_the_other_waits(
    torchvision: Torchvision, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    torchvision.during = lambda: (begun.set(), go_on.wait(30))
    found: list[Path] = []
    runs = [
        threading.Thread(target=lambda: found.append(find_cifar10(None, tmp_path).path)) for _ in range(2)
    ]
    runs[0].start()
    assert begun.wait(30)
    assert not (tmp_path / "cifar10" / "torchvision").exists(), "half of it under its name"
    runs[1].start()
    said, until = "", time.monotonic() + 30
    while "waiting: another run downloads CIFAR-10" not in said:
        assert time.monotonic() < until
        time.sleep(0.01)
        said += capsys.readouterr().out
    go_on.set()
    for run in runs:
        run.join(30)
    assert (len(found), torchvision.downloads) == (2, 1)
