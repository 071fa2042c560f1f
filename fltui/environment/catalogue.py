"""The environments that can be built: `recipes/environments/NAME/`, read as data.

environment.toml   what it is, its Python, its layers, its size (gigabytes, on the CPU, with bytecode),
                   its licence, a wheel that is on no index
requirements.in    what is asked for (for people and for recompiling)
override.txt       which declared pins are replaced (for recompiling)
lock.txt           everything but the backends, pinned with hashes: the same for CPU and CUDA
LAYER.txt          cpu, cuda-torch, cuda-keras: the backends for a device; cuda: where recipes have no choice
extra.txt          what stands behind a licence question
check.py           trains one step with each part
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from fltui.environment.errors import EnvironmentProblem, UnknownEnvironment
from fltui.facts.site import shipped_recipes


@dataclass(frozen=True)
class Wheel:
    """A wheel that no index has: its file name, sha256 and where people find it."""

    file: str
    sha256: str
    source: str


@dataclass(frozen=True)
class EnvironmentSpec:
    """One environment as committed. `layers` may be empty: then it is the same on every device."""

    name: str
    folder: Path
    summary: str
    python: str
    layers: tuple[str, ...]
    licence: str | None = None
    wheel: Wheel | None = None
    gigabytes: float = 1.0

    def room(self, layer: str | None) -> int:
        """Bytes that a build takes with its bytecode; CUDA's libraries add about 4 GB."""
        return round((self.gigabytes + (4.0 if layer and layer.startswith("cuda") else 0.0)) * 1e9)

    def locks(self, layer: str | None) -> list[Path]:
        """The lock files of the environment with `layer`, in the order they are installed in."""
        names = ["lock.txt", *([f"{layer}.txt"] if layer else []), "extra.txt"]
        return [path for path in (self.folder / name for name in names) if path.is_file()]

    def missing_lock(self, layer: str | None) -> Path | None:
        """A lock file without which the environment cannot be built, if there is such a one."""
        names = ["lock.txt", *([f"{layer}.txt"] if layer else [])]
        return next((path for path in (self.folder / name for name in names) if not path.is_file()), None)

    def lock_hash(self, layer: str | None) -> str:
        """Tells two builds apart: the locks' content, the layer and the Python."""
        whole = hashlib.sha256(f"{self.python} {layer}".encode())
        for path in self.locks(layer):
            whole.update(path.name.encode() + b"\0" + path.read_bytes())
        return whole.hexdigest()

    def layer_for(self, accelerator: str, backend: str | None) -> str | None:
        """The layer for `cpu` or `cuda` and a backend (torch, keras); None where there are no layers.

        The layer `cuda` is for either backend. A framework that has no CUDA layer for the backend (TFF; IBM FL's Keras) stays on the CPU.
        """
        if not self.layers:
            return None
        fitting = ("cuda", "cuda-torch", "cuda-keras") if backend is None else ("cuda", f"cuda-{backend}")
        cuda = [name for name in self.layers if name in fitting]
        return cuda[0] if accelerator == "cuda" and cuda else "cpu"


def environments_folder(recipes: Path) -> Path:
    return recipes / "environments"


def names(recipes: Path) -> list[str]:
    """The names of all environments under a recipes folder."""
    return sorted(path.parent.name for path in environments_folder(recipes).glob("*/environment.toml"))


def all_names(recipes: Path) -> list[str]:
    """The names that `find` knows: those under a recipes folder and the shipped ones."""
    return sorted({*names(recipes), *names(shipped_recipes())})


def find(name: str, recipes: Path) -> EnvironmentSpec:
    """The environment `name` of a recipes folder, else the shipped one. Raises UnknownEnvironment with
    what there is, EnvironmentProblem."""
    folder = environments_folder(recipes) / name
    if not (folder / "environment.toml").is_file() and recipes != shipped_recipes():
        return find(name, shipped_recipes())
    if not (folder / "environment.toml").is_file():
        known = names(recipes)
        close = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known) or 'none'}"
        raise UnknownEnvironment(f"no environment {name} in {environments_folder(recipes)}{hint}")
    return read(folder)


def read(folder: Path) -> EnvironmentSpec:
    """The environment described in `folder`. Raises EnvironmentProblem when its description is wrong."""
    path = folder / "environment.toml"
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
        wheel = value.get("wheel")
        return EnvironmentSpec(
            name=folder.name,
            folder=folder,
            summary=str(value["summary"]),
            python=str(value["python"]),
            layers=tuple(value.get("layers", ())),
            licence=value.get("licence"),
            wheel=Wheel(wheel["file"], wheel["sha256"], wheel["source"]) if wheel else None,
            gigabytes=float(value.get("gigabytes", 1.0)),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:  # TOMLDecodeError is a ValueError
        raise EnvironmentProblem(f"{path} does not describe an environment: {error}") from None
