"""What `fltui doctor` finds by trying: ports on loopback, and the GPUs that a driver shows."""

from __future__ import annotations

import os
from collections.abc import Callable

from fltui.environment.doctor import Finding
from fltui.facts.plan import LaunchPlan, Port
from fltui.plan.ports import NoPort, ephemeral_range, reserve
from fltui.probe.gpu import GpuProvider, choose_provider
from fltui.probe.gpu_look import GpuLook

_FEW = 1000
_DRIVER_S = 4.0


def ports() -> list[Finding]:
    """Takes a port as a run would, and gives it back."""
    trial = LaunchPlan("", "", "", "", "doctor", "", {}, (), ports=(Port("trial"),))
    try:
        bound, locks = reserve(trial)
    except NoPort as error:
        return [Finding("problem", "ports", str(error))]
    for lock in locks:
        os.close(lock)
    first, last = ephemeral_range()
    if first < 10_000 + _FEW:
        says = (
            f"outgoing connections may take any port of {first} to {last}, a server's before it starts, too"
        )
        return [Finding("problem", "ports", says, "sysctl net.ipv4.ip_local_port_range='32768 60999'")]
    return [Finding("ok", "ports", f"free ones below {first}, such as {bound.ports[0].number}")]


def gpus(make: Callable[[], GpuProvider] = choose_provider) -> list[Finding]:
    """What the driver shows within some seconds; a driver that hangs is a finding, not a wait."""
    sample = GpuLook(make, _DRIVER_S).sample()
    if sample.state == "none":
        return [Finding("ok", "GPU", f"{sample.reason}; everything runs on the CPU")]
    if sample.state != "ok":
        return [Finding("problem", "GPU", sample.reason or "the GPU driver does not answer", "nvidia-smi")]
    return [
        Finding("ok", f"GPU {gpu.index}", f"{gpu.name}, {_gigabytes(gpu.total_mb)}") for gpu in sample.gpus
    ]


def _gigabytes(mb: float | None) -> str:
    return "memory unknown" if mb is None else f"{mb / 1000:.0f} GB"
