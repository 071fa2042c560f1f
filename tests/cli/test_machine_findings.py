"""What doctor finds by trying: a port, and the GPU driver, also one that hangs."""

from __future__ import annotations

import threading
import time

import pytest

from fltui.cli import machine_findings
from fltui.cli.machine_findings import gpus, ports
from fltui.facts.site import state_folder
from fltui.plan.ports import is_free
from fltui.probe.gpu import FakeGpu, NoGpu
from fltui.probe.gpu_reading import GpuDriverError, GpuReading


class Hanging:
    """A driver that never answers."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def read(self) -> list[GpuReading]:
        self.released.wait(30)
        return []

    def close(self) -> None:
        """Nothing to let go of."""


def test_a_port_is_taken_as_a_run_would_and_given_back() -> None:
    [found] = ports()
    assert found.level == "ok"
    number = int(found.says.split()[-1])
    assert is_free(number)
    assert (state_folder() / "ports" / str(number)).exists()
    assert ports()[0].level == "ok"


def test_a_state_folder_that_cannot_be_written_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    [found] = ports()
    assert found.level == "problem"
    assert "ports cannot be reserved" in found.says


def test_gpus_are_named_with_their_memory() -> None:
    reading = GpuReading(0, "GPU-a", "NVIDIA Test", total_mb=80_000)
    assert [f.says for f in gpus(lambda: FakeGpu([reading]))] == ["NVIDIA Test, 80 GB"]


def test_no_gpu_is_well() -> None:
    [found] = gpus(lambda: NoGpu("no NVIDIA driver"))
    assert (found.level, found.says) == ("ok", "no NVIDIA driver; everything runs on the CPU")


def test_a_driver_that_fails_is_a_problem() -> None:
    def broken() -> list[GpuReading]:
        raise GpuDriverError("the driver and its library do not fit")

    [found] = gpus(lambda: FakeGpu(broken))
    assert (found.level, found.says) == ("problem", "the driver and its library do not fit")


def test_a_driver_that_hangs_is_a_problem_and_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_findings, "_DRIVER_S", 1.2)
    driver, began = Hanging(), time.monotonic()
    [found] = gpus(lambda: driver)
    driver.released.set()
    assert found.level == "problem"
    assert "has not answered" in found.says
    assert time.monotonic() - began < 10
