"""NVML from end to end: nvidia-ml-py on a small library of our own that changes while we look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_driver import build_library

# Prints the sampler's newest sample twenty times a second, and how long `latest` took to answer.
PROGRAM = textwrap.dedent(
    """
    import json, sys, time
    from dataclasses import asdict
    from fltui.probe.gpu import GpuSampler, NvmlProvider, gpu_memory
    owners = {int(pid): name for pid, name in json.loads(sys.argv[1]).items()}
    sampler = GpuSampler(lambda: NvmlProvider(own_pids=True), every_s=0.05, silent_s=0.5)
    sampler.start()
    while True:
        began = time.perf_counter()
        sample = sampler.latest()
        rows = sampler.resources(owners, 1000.0)
        took = time.perf_counter() - began
        print(json.dumps({
            "state": sample.state, "reason": sample.reason, "took": took,
            "names": [gpu.name for gpu in sample.gpus], "uuids": [gpu.uuid for gpu in sample.gpus],
            "rows": [{k: v for k, v in asdict(row).items() if v is not None} for row in rows],
            "held": gpu_memory(sample.gpus, owners),
        }), flush=True)
        time.sleep(0.05)
    """
)
TWO = """
count=2
0.util=37
0.used=1000
0.total=8000
0.temp=61
0.power=71500
0.proc=4711:900
0.proc=4712:50
0.proc=99:30
1.util=0
1.used=10
1.total=8000
1.proc=4711:5
"""


class Machine:
    """A process that samples the fake library; `now` is its latest sample, read as it comes."""

    def __init__(self, folder: Path, library: Path, owners: dict[int, str]) -> None:
        self.scenario_file = folder / "scenario"
        self.stderr = folder / "stderr"
        self._owners = owners
        self._environment = {
            **os.environ,
            "LD_LIBRARY_PATH": str(library.parent),
            "FAKE_NVML": str(self.scenario_file),
        }
        self._process: subprocess.Popen[str] | None = None
        self.slowest = 0.0

    def is_now(self, text: str) -> None:
        draft = self.scenario_file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self.scenario_file)

    def wait(self, holds: Callable[[dict[str, Any]], Any], timeout_s: float = 20.0) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, json.dumps(self._owners)],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=self.stderr.open("w"),
                text=True,
            )
        assert self._process.stdout is not None
        deadline = time.monotonic() + timeout_s
        line = ""
        while time.monotonic() < deadline:
            line = self._process.stdout.readline()
            assert line, self.stderr.read_text()
            sample: dict[str, Any] = json.loads(line)
            self.slowest = max(self.slowest, sample["took"])
            if holds(sample):
                return sample
        pytest.fail(f"it did not come; last: {line}")

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def machine(tmp_path: Path, library: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, library, {4711: "client-1", 4712: "client-1"})
    yield made
    made.close()
    assert not made.stderr.exists() or made.stderr.read_text() == "", "nothing is ever said on stderr"


def test_two_gpus_are_read_and_matched_to_process_trees(machine: Machine) -> None:
    machine.is_now(TWO)
    sample = machine.wait(lambda now: now["state"] == "ok")
    assert sample["names"] == ["Fake GPU 0", "Fake GPU 1"]
    assert sample["uuids"] == ["GPU-fake-0", "GPU-fake-1"]
    assert sample["rows"] == [
        {
            "t": 1000.0,
            "gpu": "0",
            "utilisation": 37.0,
            "memory_mb": 1000.0,
            "total_mb": 8000.0,
            "others_mb": 30.0,
            "celsius": 61.0,
            "watts": 71.5,
        },
        {
            "t": 1000.0,
            "gpu": "1",
            "utilisation": 0.0,
            "memory_mb": 10.0,
            "total_mb": 8000.0,
            "others_mb": 0.0,
        },
    ]
    assert sample["held"] == {"client-1": 955.0}


def test_memory_that_the_driver_does_not_tell_is_unknown_not_zero(machine: Machine) -> None:
    machine.is_now("count=1\n0.proc=4711:?\n0.proc=99:?\n")
    sample = machine.wait(lambda now: now["state"] == "ok")
    assert sample["held"] == {"client-1": None}
    assert sample["rows"] == [{"t": 1000.0, "gpu": "0"}]


def test_a_gpu_that_disappears_is_absent_and_comes_back(machine: Machine) -> None:
    machine.is_now(TWO)
    machine.wait(lambda now: len(now["rows"]) == 2)
    machine.is_now(TWO + "0.lost=1\n")
    sample = machine.wait(lambda now: len(now["rows"]) == 1)
    assert sample["state"] == "ok"
    assert [row["gpu"] for row in sample["rows"]] == ["1"]
    assert sample["held"] == {"client-1": 5.0}
    machine.is_now(TWO)
    machine.wait(lambda now: len(now["rows"]) == 2)


def test_a_driver_that_hangs_for_ten_seconds_makes_nobody_wait(machine: Machine) -> None:
    machine.is_now(TWO)
    machine.wait(lambda now: now["state"] == "ok")
    machine.is_now(TWO + "hang_ms=10000\n")
    sample = machine.wait(lambda now: now["state"] == "silent")
    assert sample["rows"] == []
    assert sample["reason"].startswith("the GPU driver has not answered for ")
    machine.is_now(TWO)  # the call that hangs goes on hanging
    for _ in range(20):
        machine.wait(lambda now: True)
    assert machine.slowest < 8.0, "ten seconds would be the driver's"
    machine.wait(lambda now: now["state"] == "ok" and len(now["rows"]) == 2)


def test_a_driver_that_hangs_from_the_start_makes_nobody_wait(machine: Machine) -> None:
    machine.is_now("hang_ms=10000\n")
    assert machine.wait(lambda now: True)["state"] == "starting"
    machine.wait(lambda now: now["state"] == "silent", timeout_s=8.0)


def test_a_driver_that_fails_for_a_while_is_asked_again(machine: Machine) -> None:
    machine.is_now("")
    sample = machine.wait(lambda now: now["state"] == "failed")
    assert sample["reason"].startswith("the NVIDIA driver does not answer")
    machine.is_now(TWO)
    machine.wait(lambda now: len(now["rows"]) == 2)


def test_a_library_without_its_driver_is_no_gpu_in_one_sentence(machine: Machine) -> None:
    machine.is_now("init=9\n")
    sample = machine.wait(lambda now: now["state"] == "none")
    assert sample["reason"] == "the NVIDIA driver cannot be used: Driver Not Loaded"
