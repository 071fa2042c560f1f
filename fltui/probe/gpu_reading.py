"""What a GPU driver can be asked, whichever it is: the words that providers and the sampler share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class GpuPart:
    """One part of a GPU that MIG divides; memory in MB, None where it is not told."""

    uuid: str
    memory_mb: float | None = None
    total_mb: float | None = None


@dataclass(frozen=True)
class GpuReading:
    """One GPU at one moment; a value that it does not support is None.

    `index`: the driver's number for it; `uuid`: what CUDA_VISIBLE_DEVICES takes; `utilisation`:
    percent; memory in MB; `processes`: pid -> MB (None: the driver does not say), None altogether
    where the driver lists no processes or their pids are those of another namespace. `parts`: those
    that MIG made of it; None where it is not divided.
    """

    index: int
    uuid: str
    name: str
    utilisation: float | None = None
    memory_mb: float | None = None
    total_mb: float | None = None
    celsius: float | None = None
    watts: float | None = None
    processes: Mapping[int, float | None] | None = field(default_factory=dict)
    parts: tuple[GpuPart, ...] | None = None


class NoGpuError(Exception):
    """This machine has no GPU that can be asked, and will not have one later; as a sentence."""


class GpuDriverError(Exception):
    """The driver did not answer this time; as a sentence."""


class GpuProvider(Protocol):
    """Reads all GPUs. Every call may block for as long as a driver likes: only `GpuSampler`'s own
    thread calls it. Raises NoGpuError (for good) or GpuDriverError (this time)."""

    def read(self) -> list[GpuReading]:
        """The GPUs that are there now; one that fell off the bus is left out."""

    def close(self) -> None:
        """Lets go of the driver."""
