"""Which layer of an environment this machine wants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fltui.environment.catalogue import EnvironmentSpec
from fltui.environment.errors import EnvironmentProblem

_DRIVER = Path("/proc/driver/nvidia/version")


def driver_text() -> str:
    """What the loaded NVIDIA driver says of itself; empty without one."""
    try:
        return _DRIVER.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def accelerator(choice: str = "auto") -> str:
    """`cpu` or `cuda`; auto is cuda where an NVIDIA driver is loaded and FLTUI_GPU does not say none."""
    if choice in ("cpu", "cuda"):
        return choice
    if choice != "auto":
        raise EnvironmentProblem(f"no accelerator {choice}; there are auto, cpu, cuda")
    return "cuda" if _DRIVER.exists() and os.environ.get("FLTUI_GPU") != "none" else "cpu"


def layer_for(spec: EnvironmentSpec, params: Mapping[str, Any]) -> str | None:
    """The layer that a run with these params uses here: the GPU's where there is a driver, unless
    the param `device` says cpu; of several CUDA layers the one that `backend` names."""
    device, backend = params.get("device"), params.get("backend")
    return spec.layer_for(
        "cpu" if device == "cpu" else accelerator(), backend if backend in ("torch", "keras") else None
    )
