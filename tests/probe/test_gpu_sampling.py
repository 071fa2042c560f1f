"""The sampler answers at once, whatever its provider does; and what its rows say."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fltui.probe.gpu import (
    FakeGpu,
    GpuDriverError,
    GpuReading,
    GpuSampler,
    NoGpu,
    NvmlProvider,
    choose_provider,
    gpu_memory,
    gpu_rows,
)

OWNERS = {10: "client-1", 11: "client-1", 20: "client-2"}


def reading(index: int = 0, **values: Any) -> GpuReading:
    return GpuReading(index, f"GPU-{index}", "Fake", **values)


def test_memory_of_others_is_told_from_ours() -> None:
    gpus = [reading(0, processes={10: 100.0, 11: 50.0, 20: 7.0, 99: 3.0}), reading(1, processes={20: 1.0})]
    assert [row.others_mb for row in gpu_rows(gpus, OWNERS, 1.0)] == [3.0, 0.0]
    assert gpu_memory(gpus, OWNERS) == {"client-1": 150.0, "client-2": 8.0}


def test_what_a_driver_does_not_say_is_never_a_number() -> None:
    unsaid = [reading(0, processes={10: None, 99: 5.0}), reading(1, processes={99: None})]
    assert [row.others_mb for row in gpu_rows(unsaid, OWNERS, 1.0)] == [5.0, None]
    assert gpu_memory(unsaid, OWNERS) == {"client-1": None}
    unlisted = [reading(0, memory_mb=500.0, processes=None)]
    (row,) = gpu_rows(unlisted, OWNERS, 1.0)
    assert (row.memory_mb, row.others_mb, row.celsius) == (500.0, None, None)
    assert gpu_memory(unlisted, OWNERS) == {}


def test_the_sampler_shows_what_its_provider_reads(eventually: Callable[..., Any]) -> None:
    gpus = [reading(0, utilisation=10.0)]
    sampler = GpuSampler(lambda: FakeGpu(lambda: gpus), every_s=0.01)
    assert sampler.latest().state == "starting"
    sampler.start()
    eventually(lambda: [row.utilisation for row in sampler.resources({}, 1.0)] == [10.0])
    gpus[0] = reading(0, utilisation=90.0)
    eventually(lambda: [row.utilisation for row in sampler.resources({}, 1.0)] == [90.0])
    sampler.stop()


def test_without_a_gpu_it_looks_once(eventually: Callable[..., Any]) -> None:
    looks = []

    class Counted(NoGpu):
        def read(self) -> list[GpuReading]:
            looks.append(1)
            return super().read()

    sampler = GpuSampler(lambda: Counted("no NVIDIA driver"), every_s=0.01)
    sampler.start()
    sample = eventually(lambda: sampler.latest() if sampler.latest().state == "none" else None)
    assert (sample.reason, sample.gpus) == ("no NVIDIA driver", ())
    eventually(lambda: not sampler._thread.is_alive())
    assert len(looks) == 1


def test_a_provider_that_hangs_is_reported_and_stopping_does_not_wait_for_it(
    eventually: Callable[..., Any],
) -> None:
    go_on = threading.Event()

    def hang() -> list[GpuReading]:
        go_on.wait()
        return [reading()]

    sampler = GpuSampler(lambda: FakeGpu(hang), every_s=0.01, silent_s=0.05)
    sampler.start()
    sample = eventually(lambda: sampler.latest() if sampler.latest().state == "silent" else None)
    assert "has not answered" in sample.reason
    assert sampler.resources({}, 1.0) == []
    go_on.set()
    eventually(lambda: sampler.latest().state == "ok")
    go_on.clear()
    eventually(lambda: sampler.latest().state == "silent")
    sampler.stop()
    go_on.set()


def test_a_driver_error_is_tried_again(eventually: Callable[..., Any]) -> None:
    broken = True

    def read() -> list[GpuReading]:
        if broken:
            raise GpuDriverError("not now")
        return [reading()]

    sampler = GpuSampler(lambda: FakeGpu(read), every_s=0.01)
    sampler.start()
    assert (
        eventually(lambda: sampler.latest() if sampler.latest().state == "failed" else None).reason
        == "not now"
    )
    broken = False
    eventually(lambda: sampler.latest().state == "ok")
    sampler.stop()


def test_the_environment_chooses_the_provider(tmp_path: Path) -> None:
    assert isinstance(choose_provider({}), NvmlProvider)
    assert isinstance(choose_provider({"FLTUI_GPU": "nvml"}), NvmlProvider)
    assert isinstance(choose_provider({"FLTUI_GPU": "none"}), NoGpu)
    file = tmp_path / "gpus.json"
    provider = choose_provider({"FLTUI_GPU": str(file)})
    with pytest.raises(GpuDriverError, match="holds no invented GPUs"):
        provider.read()
    row = {"index": 0, "uuid": "GPU-a", "name": "Fake", "watts": 5.0, "processes": {"10": 80.0}}
    file.write_text(json.dumps([row]))
    assert provider.read() == [GpuReading(0, "GPU-a", "Fake", watts=5.0, processes={10: 80.0})]


def test_importing_the_probe_loads_no_gpu_library_and_little_else() -> None:
    program = (
        "import sys, fltui.probe.gpu, fltui.probe.processes, fltui.probe.tree_usage, fltui.record.writer\n"
        "print([name for name in ('pynvml', 'psutil', 'pydantic', 'asyncio', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_look_where_there_is_no_driver_imports_no_library_for_it() -> None:
    """30 ms of every start that a machine without a GPU need not pay."""
    program = (
        "import sys; from fltui.probe.gpu_look import GpuLook; from fltui.probe.nvml import NvmlProvider\n"
        "seen = GpuLook(NvmlProvider).sample(); print(seen.state, 'pynvml' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    state, imported = said.split()
    if state != "none":
        pytest.skip("there is a driver here")
    assert imported == "False"
