"""GPUs of this machine, sampled once a second by a thread of its own, matched to process trees.

Drivers hang. So nobody else waits for one: `GpuSampler.latest` answers at once, and says when the
driver has not.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fltui.facts.records import Resource
from fltui.probe.gpu_reading import GpuDriverError, GpuPart, GpuProvider, GpuReading, NoGpuError
from fltui.probe.nvml import NvmlProvider

__all__ = [
    "FakeGpu",
    "GpuDriverError",
    "GpuProvider",
    "GpuReading",
    "GpuSample",
    "GpuSampler",
    "NoGpu",
    "NoGpuError",
    "NvmlProvider",
    "choose_provider",
    "gpu_memory",
    "gpu_rows",
]

_EVERY_S = 1.0
_SILENT_S = 3.0


class NoGpu:
    """The provider of a machine that has none, or should not be asked."""

    def __init__(self, reason: str = "no GPU") -> None:
        self._reason = reason

    def read(self) -> list[GpuReading]:
        raise NoGpuError(self._reason)

    def close(self) -> None:
        """Nothing to let go of."""


class FakeGpu:
    """Invented GPUs for tests and demos: a list, a function, or a JSON file that is read each time:
    `[{"index": 0, "uuid": "GPU-a", "name": "Fake", "memory_mb": 100, "processes": {"4711": 80}}]`."""

    def __init__(self, source: Sequence[GpuReading] | Callable[[], Sequence[GpuReading]] | Path) -> None:
        self._source = source

    def read(self) -> list[GpuReading]:
        if isinstance(self._source, Path):
            return _from_file(self._source)
        return list(self._source() if callable(self._source) else self._source)

    def close(self) -> None:
        """Nothing to let go of."""


def choose_provider(environ: Mapping[str, str] = os.environ) -> GpuProvider:
    """The provider that FLTUI_GPU names: `nvml` (also without it), `none`, or a FakeGpu's JSON file."""
    choice = environ.get("FLTUI_GPU", "nvml")
    if choice == "nvml":
        return NvmlProvider()
    return NoGpu("switched off by FLTUI_GPU=none") if choice == "none" else FakeGpu(Path(choice))


@dataclass(frozen=True)
class GpuSample:
    """What was last seen. `state`: starting, ok, none (no GPU here), failed (the driver said no) or
    silent (the driver has not answered for some seconds); only `ok` has GPUs. `reason` belongs to
    it, as a sentence. `t`: Unix time of the reading."""

    t: float
    state: str
    gpus: tuple[GpuReading, ...] = ()
    reason: str = ""


class GpuSampler:
    """Reads a provider once a second in a daemon thread. Every method returns at once, whatever the
    driver does. Without a GPU the thread ends after its first look."""

    def __init__(
        self,
        make: Callable[[], GpuProvider] = choose_provider,
        every_s: float = _EVERY_S,
        silent_s: float = _SILENT_S,
    ) -> None:
        self._make = make
        self._every_s = every_s
        self._silent_s = silent_s
        self._stopped = threading.Event()
        self._sample = GpuSample(time.time(), "starting")
        self._asked: float | None = None  # monotonic: since when a driver call has not returned
        self._thread = threading.Thread(target=self._run, name="gpu-sampler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its present call; does not wait for a driver."""
        self._stopped.set()

    def latest(self) -> GpuSample:
        """The newest sample."""
        asked, sample = self._asked, self._sample
        if asked is not None and time.monotonic() - asked > self._silent_s:
            seconds = time.monotonic() - asked
            return GpuSample(sample.t, "silent", (), f"the GPU driver has not answered for {seconds:.0f} s")
        return sample

    def resources(self, owners: Mapping[int, str], t: float) -> list[Resource]:
        """One row a GPU, of Unix time `t`. `owners`: pid -> name of the process whose tree it is in."""
        return gpu_rows(self.latest().gpus, owners, t)

    def _run(self) -> None:
        provider: GpuProvider | None = None
        while not self._stopped.is_set():
            self._asked = time.monotonic()
            try:
                provider = provider or self._make()
                self._sample = GpuSample(time.time(), "ok", tuple(provider.read()))
            except NoGpuError as error:
                self._sample = GpuSample(time.time(), "none", (), str(error))
                self._stopped.set()
            except GpuDriverError as error:
                self._sample = GpuSample(time.time(), "failed", (), str(error))
            self._asked = None
            self._stopped.wait(self._every_s)
        if provider is not None:
            provider.close()


def gpu_rows(gpus: Sequence[GpuReading], owners: Mapping[int, str], t: float) -> list[Resource]:
    """GPUs as rows of resources.jsonl; `others_mb` is the memory of pids that nobody here owns."""
    return [
        Resource(
            t=round(t, 3),
            gpu=str(gpu.index),
            utilisation=gpu.utilisation,
            memory_mb=gpu.memory_mb,
            total_mb=gpu.total_mb,
            others_mb=_sum(mb for pid, mb in gpu.processes.items() if pid not in owners)
            if gpu.processes is not None
            else None,
            celsius=gpu.celsius,
            watts=gpu.watts,
        )
        for gpu in gpus
    ]


def gpu_memory(gpus: Sequence[GpuReading], owners: Mapping[int, str]) -> dict[str, float | None]:
    """Memory in MB of each process tree on all GPUs together; trees without any are left out, and
    it is None where a driver lists the process but not its memory."""
    held: dict[str, list[float | None]] = {}
    for gpu in gpus:
        for pid, mb in (gpu.processes or {}).items():
            if pid in owners:
                held.setdefault(owners[pid], []).append(mb)
    return {name: _sum(values) for name, values in held.items()}


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return round(total, 1)


def _from_file(path: Path) -> list[GpuReading]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            GpuReading(
                **{
                    **row,
                    "processes": {int(pid): mb for pid, mb in row.get("processes", {}).items()},
                    "parts": tuple(GpuPart(**part) for part in row["parts"]) if "parts" in row else None,
                }
            )
            for row in rows
        ]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GpuDriverError(f"{path} holds no invented GPUs: {error}") from None
