"""Where a CPU build of torch comes from. The locks pin it by version only: its build is the site's.

The index has torch for CUDA; the small CPU build lies in a folder of wheels or on PyTorch's own index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fltui.environment.errors import EnvironmentProblem

_LOOSE = re.compile(r"^torch==([^\s+]+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class TorchSource:
    """The lock files to install, further arguments for uv, and what a person should know.

    `layer`: the layer whose files are taken instead of the one that was asked for, if any.
    """

    locks: tuple[Path, ...]
    arguments: tuple[str, ...] = ()
    note: str = ""
    layer: str | None = None


def cpu_torch(locks: Sequence[Path], python: Path, uv: Callable[[Sequence[str]], str]) -> TorchSource:
    """How to install `locks`, one of which may pin torch without a build.

    The site's own CPU wheel is taken first, then PyTorch's index, then the build for CUDA, which runs
    on the CPU too but needs the libraries that torch's layer for CUDA lists. `uv` runs uv and raises
    EnvironmentProblem.
    """
    loose = next((path for path in locks if _LOOSE.search(path.read_text(encoding="utf-8"))), None)
    if loose is None:
        return TorchSource(tuple(locks))
    version = _LOOSE.findall(loose.read_text(encoding="utf-8"))[0]
    look = ["pip", "install", "--dry-run", "--no-deps", "--python", str(python), f"torch=={version}"]
    wanted = f"torch=={version}+cpu"
    if wanted in uv(look):
        return TorchSource(tuple(locks))
    try:
        if wanted in uv([*look, "--torch-backend", "cpu"]):
            return TorchSource(tuple(locks), ("--torch-backend", "cpu"))
    except EnvironmentProblem as problem:
        why = str(problem)
    else:
        why = "PyTorch's index has none"
    places = (loose.with_name(name) for name in ("cuda-torch.txt", "cuda.txt"))
    cuda = next((path for path in places if path.is_file()), None)
    if cuda is None:
        raise EnvironmentProblem(f"no CPU build of torch {version} can be had: {why}")
    note = "no CPU build of torch can be had here: the one for CUDA is taken, about 4 GB more"
    return TorchSource(tuple(cuda if path == loose else path for path in locks), note=note, layer=cuda.stem)
