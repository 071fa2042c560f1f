"""NVIDIA GPUs through NVML (nvidia-ml-py), which is imported only where its library can be loaded."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, TypeVar

from fltui.probe.gpu_reading import GpuDriverError, GpuPart, GpuReading, NoGpuError

T = TypeVar("T")

_LIBRARY = "libnvidia-ml.so.1"
_MB = 1024 * 1024
_INITIAL_PID_NAMESPACE = "pid:[4026531836]"


class NvmlProvider:
    """`own_pids`: NVML's pids are the pids that we see; by default when this process is in the
    machine's first pid namespace (in a container NVML names the host's pids)."""

    def __init__(self, own_pids: bool | None = None) -> None:
        self._nvml: Any = None
        self._own_pids = _sees_all_pids() if own_pids is None else own_pids

    def read(self) -> list[GpuReading]:
        nvml = self._nvml or self._start()
        try:
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError as error:
            self.close()
            raise GpuDriverError(f"the NVIDIA driver does not answer: {error}") from None
        readings = (self._device(nvml, index) for index in range(count))
        return [reading for reading in readings if reading is not None]

    def close(self) -> None:
        nvml, self._nvml = self._nvml, None
        if nvml is not None:
            _ask(nvml, nvml.nvmlShutdown)

    def _start(self) -> Any:
        try:
            ctypes.CDLL(_LIBRARY)
        except OSError:
            raise NoGpuError("no NVIDIA driver") from None
        # 30 ms and a few MB that machines without a GPU need not pay
        import pynvml  # type: ignore[import-untyped]

        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise NoGpuError(f"the NVIDIA driver cannot be used: {error}") from None
        self._nvml = pynvml
        return pynvml

    def _device(self, nvml: Any, index: int) -> GpuReading | None:
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            uuid = nvml.nvmlDeviceGetUUID(handle)
            memory = _ask(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
            rates = _ask(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
            milliwatts = _ask(nvml, lambda: nvml.nvmlDeviceGetPowerUsage(handle))
            return GpuReading(
                index=index,
                uuid=str(uuid),
                name=str(_ask(nvml, lambda: nvml.nvmlDeviceGetName(handle)) or "GPU"),
                utilisation=None if rates is None else float(rates.gpu),
                memory_mb=None if memory is None else round(memory.used / _MB, 1),
                total_mb=None if memory is None else round(memory.total / _MB, 1),
                celsius=_celsius(nvml, handle),
                watts=None if milliwatts is None else round(milliwatts / 1000, 1),
                processes=_processes(nvml, handle) if self._own_pids else None,
                parts=_parts(nvml, handle),
            )
        except nvml.NVMLError:  # it is lost, or in a state in which even its name cannot be had
            return None


def _ask(nvml: Any, call: Callable[[], T]) -> T | None:
    """The answer, or None where this GPU or driver does not support the question."""
    try:
        return call()
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_GPU_IS_LOST:
            raise
        return None


def _celsius(nvml: Any, handle: Any) -> float | None:
    sensor = nvml.NVML_TEMPERATURE_GPU
    for name in ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature"):  # the second leaves with CUDA 14
        ask = getattr(nvml, name, None)
        found = _ask(nvml, lambda ask=ask: ask(handle, sensor)) if ask else None  # type: ignore[misc]
        if found is not None:
            return float(found)
    return None


def _processes(nvml: Any, handle: Any) -> dict[int, float | None] | None:
    """Memory by pid. A pid may be listed for both compute and graphics, with the same total."""
    found: dict[int, float | None] = {}
    answered = False
    for kind in ("Compute", "Graphics"):
        for version in ("_v3", "_v2"):  # the second for drivers before 510
            ask = getattr(nvml, f"nvmlDeviceGet{kind}RunningProcesses{version}", None)
            rows = _ask(nvml, lambda ask=ask: ask(handle)) if ask else None  # type: ignore[misc]
            if rows is not None:
                answered = True
                for row in rows:
                    used = row.usedGpuMemory
                    found[int(row.pid)] = None if used is None else round(used / _MB, 1)
                break
    return found if answered else None


def _parts(nvml: Any, handle: Any) -> tuple[GpuPart, ...] | None:
    mode = _ask(nvml, lambda: nvml.nvmlDeviceGetMigMode(handle))
    if mode is None or mode[0] != nvml.NVML_DEVICE_MIG_ENABLE:
        return None
    found = []
    for index in range(_ask(nvml, lambda: nvml.nvmlDeviceGetMaxMigDeviceCount(handle)) or 0):
        part = _ask(nvml, lambda index=index: nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index))  # type: ignore[misc]
        uuid = None if part is None else _ask(nvml, lambda part=part: nvml.nvmlDeviceGetUUID(part))  # type: ignore[misc]
        if uuid is None:
            continue  # a place that no part has
        memory = _ask(nvml, lambda part=part: nvml.nvmlDeviceGetMemoryInfo(part))  # type: ignore[misc]
        used, total = (None, None) if memory is None else (memory.used / _MB, memory.total / _MB)
        found.append(GpuPart(str(uuid), used and round(used, 1), total and round(total, 1)))
    return tuple(found)


def _sees_all_pids() -> bool:
    try:
        return os.readlink("/proc/self/ns/pid") == _INITIAL_PID_NAMESPACE
    except OSError:  # no /proc that says so: rather no figure than a stranger's
        return False
