"""Which process gets which GPU, decided before a start from what the driver says; all of it pure.

A child sees only the GPUs it was given, by their UUIDs in CUDA_VISIBLE_DEVICES, so inside it the
first is always device 0. The pool is what the caller may use: his own CUDA_VISIBLE_DEVICES (Slurm
sets it), else every GPU.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from fltui.facts.plan import Gpu, LaunchPlan, Process
from fltui.probe.gpu_reading import GpuReading

VISIBLE = "CUDA_VISIBLE_DEVICES"
_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}  # as NVML counts; CUDA's own order is by speed
# Else the first process on a GPU takes all of its memory. TFF imports JAX.
_GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
_FULL = 0.1  # of the emptiest one's free memory: with less, somebody else has that GPU


class TooFewGpus(Exception):
    """A process asks for more GPUs than there are (exit code 2). The text is a sentence."""


def with_gpus(plan: LaunchPlan, readings: Sequence[GpuReading], environ: Mapping[str, str]) -> LaunchPlan:
    """`plan` with every process on its GPUs. `environ`: the caller's variables.

    On a machine without a GPU whose caller set no CUDA_VISIBLE_DEVICES no variable changes. What a
    recipe or the caller says of memory stays as it is. Raises TooFewGpus.
    """
    visible = environ.get(VISIBLE)
    pool = pool_of(readings, visible)
    placed = place(plan.processes, pool, visible)
    here = bool(readings) or visible is not None
    processes = tuple(_on(process, placed, environ, bool(readings), here) for process in plan.processes)
    return dataclasses.replace(plan, processes=processes, gpus=pool)


def pool_of(readings: Sequence[GpuReading], visible: str | None) -> tuple[Gpu, ...]:
    """The GPUs that the caller may use, in his order. `visible`: his CUDA_VISIBLE_DEVICES, None: unset.

    It is read as CUDA does: numbers, UUIDs or beginnings of one; the first that names no GPU ends the
    list. Of a GPU that MIG divides its parts are meant; a part that the driver does not list is believed.
    """
    if visible is None:
        return tuple(gpu for reading in readings for gpu in _usable(reading))
    found: dict[str, Gpu] = {}
    for word in (part.strip() for part in visible.split(",")):
        named = _named(word, readings)
        if named is None:
            break
        for gpu in named:
            found.setdefault(gpu.uuid, gpu)
    return tuple(found.values())


def place(
    processes: Sequence[Process], pool: Sequence[Gpu], visible: str | None = None
) -> dict[str, tuple[Gpu, ...]]:
    """The GPUs of each process by its name; empty for one that gets none. A process whose recipe sets
    CUDA_VISIBLE_DEVICES is left out.

    Clients come first. Each gets the GPU that fewest have, of those the one with most free memory; one
    that is nearly full beside the others is the last choice. Raises TooFewGpus.
    """
    most = max((gpu.free_mb or 0.0 for gpu in pool), default=0.0)
    have: Counter[str] = Counter()
    placed: dict[str, tuple[Gpu, ...]] = {}

    def rank(gpu: Gpu) -> tuple[bool, int, float]:
        full = gpu.free_mb is not None and gpu.free_mb < _FULL * most
        return full, have[gpu.uuid], -(gpu.free_mb or 0.0)

    for process in sorted(processes, key=lambda process: process.role != "client"):
        if VISIBLE in process.env:
            continue
        chosen: list[Gpu] = []
        if process.gpus == "share":
            chosen = list(pool)
        elif process.gpus != "none":
            count = 1 if process.gpus == "auto" else int(process.gpus)
            chosen = sorted(pool, key=rank)[:count]
            if len(chosen) < count and process.gpus != "auto":
                raise TooFewGpus(_too_few(process, len(pool), visible))
            have.update(gpu.uuid for gpu in chosen)
        placed[process.name] = tuple(gpu for gpu in pool if gpu in chosen)
    return placed


def _usable(reading: GpuReading) -> tuple[Gpu, ...]:
    """A GPU, or its parts: CUDA takes no more than one of them in a process, and never the whole."""
    if reading.parts is None:
        free = _free(reading.memory_mb, reading.total_mb)
        return (Gpu(str(reading.index), reading.uuid, reading.name, free, reading.total_mb),)
    return tuple(
        Gpu(
            f"{reading.index}.{number}",
            part.uuid,
            f"{reading.name} MIG part",
            _free(part.memory_mb, part.total_mb),
            part.total_mb,
        )
        for number, part in enumerate(reading.parts)
    )


def _free(used_mb: float | None, total_mb: float | None) -> float | None:
    return None if used_mb is None or total_mb is None else round(total_mb - used_mb, 1)


def _named(word: str, readings: Sequence[GpuReading]) -> tuple[Gpu, ...] | None:
    """What a word of CUDA_VISIBLE_DEVICES means; None: no GPU, or more than one."""
    if word.isascii() and word.isdigit():
        meant = [reading for reading in readings if reading.index == int(word)]
    elif word.startswith("GPU-"):
        meant = [reading for reading in readings if reading.uuid.startswith(word)]
    elif word.startswith("MIG-"):
        parts = [gpu for reading in readings for gpu in _usable(reading) if gpu.uuid == word]
        return (parts[0] if parts else Gpu(word, word, "MIG part"),)
    else:
        return None
    return _usable(meant[0]) if len(meant) == 1 else None


def _too_few(process: Process, there: int, visible: str | None) -> str:
    found = {0: "there is none", 1: "there is only one"}.get(there, f"there are only {there}")
    where = f" in {VISIBLE}={visible}" if visible is not None else " here"
    return (
        f"{process.name} asks for {process.gpus} GPU{'s' if process.gpus != '1' else ''}, but {found}{where};"
        " let its recipe say gpus: auto, which shares one, or none"
    )


def _on(
    process: Process,
    placed: Mapping[str, tuple[Gpu, ...]],
    environ: Mapping[str, str],
    any_gpu: bool,
    any_word: bool,
) -> Process:
    """`process` with its variables. `any_gpu`: the machine has one; `any_word`: or its caller thinks so."""
    gpus = placed.get(process.name)
    if gpus is None:  # its recipe has decided
        return dataclasses.replace(process, env={**_growth(environ), **process.env}) if any_gpu else process
    if process.gpus == "none":
        return dataclasses.replace(process, env={**process.env, VISIBLE: ""}) if any_word else process
    if not any_gpu:  # no driver that could be asked: what the caller set may be right
        return process if any_word else dataclasses.replace(process, gpus="none")
    given = {VISIBLE: ",".join(gpu.uuid for gpu in gpus)}
    env = {**_growth(environ), **_ORDER, **process.env, **given}
    return dataclasses.replace(process, env=env, on_gpus=tuple(gpu.label for gpu in gpus))


def _growth(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in _GROWTH.items() if name not in environ}
