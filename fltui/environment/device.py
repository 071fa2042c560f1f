"""Which layer of an environment this machine wants."""

from __future__ import annotations

import os
from pathlib import Path

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
