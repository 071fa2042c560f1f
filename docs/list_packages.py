"""Prints docs/packages.md: which package is in which environment, at which version.

python docs/list_packages.py > docs/packages.md

It reads what installs them: the environments' locks, and requirements/app.txt for fltui itself.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from fltui.environment.catalogue import EnvironmentSpec, find, names

CHECKOUT = Path(__file__).resolve().parent.parent
RECIPES = CHECKOUT / "recipes"
APP = "fltui"  # its column beside the environments

# As a reader looks for them; what a package is called on the index where that differs.
LOOKED_FOR = [
    "textual",
    "rich",
    "psutil",
    "flwr",
    "tensorflow-federated",
    "openfl",
    "federated-learning-lib",
    "stadle-client",
    "tensorflow",
    "tf-keras",
    "keras",
    "torch",
    "torchvision",
    "tensorflow-hub",
    "tensorflow-text",
    "tensorflow-datasets",
    "scikit-learn",
    "numpy",
]
ALSO_CALLED = {"federated-learning-lib": "IBM FL, ibm-federated-learning"}
ON_THE_CPU = {"tensorflow-cpu": "tensorflow"}  # the same code without CUDA


def pins(*files: Path) -> dict[str, str]:
    """Package to version, of lock files; to "A or B" where it depends on the Python."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    versions: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(ON_THE_CPU.get(package, package), []).append(version)
    return {package: " or ".join(found) for package, found in versions.items()}


def specs() -> list[EnvironmentSpec]:
    return [find(name, RECIPES) for name in names(RECIPES)]


def packages() -> str:
    """One row a package: its versions, and the environments that have each."""
    places = {APP: pins(CHECKOUT / "requirements" / "app.txt")}
    places |= {spec.name: pins(*spec.locks(spec.layer_for("cpu", None))) for spec in specs()}
    lines = ["| package | version: environments |", "|---|---|"]
    for package in LOOKED_FOR:
        versions: dict[str, list[str]] = {}
        for place, pinned in places.items():
            if package in pinned:
                versions.setdefault(pinned[package], []).append(place)
        if not versions:
            raise SystemExit(f"no environment has {package} any more: take it out of LOOKED_FOR")
        cell = "; ".join(f"{version}: {', '.join(where)}" for version, where in versions.items())
        also = f" ({ALSO_CALLED[package]})" if package in ALSO_CALLED else ""
        lines.append(f"| {package}{also} | {cell} |")
    return "\n".join(lines)


def environments() -> str:
    """One row an environment: what it is, for which devices, how large, behind which licence."""
    lines = [
        "| environment | what it is | Python | layers | packages | GB | asked first |",
        "|---|---|---|---|---|---|---|",
    ]
    for spec in specs():
        count = len(pins(*spec.locks(spec.layer_for("cpu", None))))
        cells = (
            f"[{spec.name}](../recipes/environments/{spec.name}/requirements.in)",
            spec.summary,
            spec.python,
            ", ".join(spec.layers) or "the same on every device",
            str(count),
            f"{spec.gigabytes:g}",
            " ".join(
                [
                    f"“{spec.licence}”" if spec.licence else "",
                    "Its wheel is on no index." if spec.wheel else "",
                ]
            ),
        )
        lines.append(f"| {' | '.join(cell.strip() for cell in cells)} |")
    return "\n".join(lines)


def asked() -> str:
    """What pyproject.toml asks for, and what make installs of it."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = pins(CHECKOUT / "requirements" / "app.txt")
    lines = ["| package | pip and uv take | make installs |", "|---|---|---|"]
    for requirement in project["dependencies"]:
        package, wanted = re.findall(r"^([A-Za-z0-9._-]+)(.*)$", requirement)[0]
        lines.append(f"| {package} | {wanted} | {installed[package.replace('.', '-')]} |")
    return "\n".join(lines)


PAGE = f"""# Packages and environments

Written by `make schema` from what installs them: `recipes/environments/*/`, `requirements/app.txt`, `pyproject.toml`.

## Where a package is

{packages()}

On the CPU TensorFlow is the package `tensorflow-cpu`: the same version and code, half a gigabyte less. A layer for CUDA has the same versions of everything, with CUDA's libraries.

## The environments

Each is a virtual environment of its own in the cache folder (`fltui locate`), because their packages contradict each other. GB: on the CPU, bytecode included; files that several have are stored once where uv can link them. A layer `cuda-…` adds about 4 GB and gives CUDA to the backend it names; the other backend stays on the CPU, since the two bring different builds of the same CUDA libraries.

{environments()}

`fltui env create NAME` builds one, `--run` whatever a recipe needs. Every pin has hashes but torch's and torchvision's in the layer `cpu`, whose build is the site's: a CPU wheel in a folder of wheels (`--find-links` of pip's configuration, `UV_FIND_LINKS`) is taken first, then PyTorch's own index, then the build for CUDA with a word about it.

## fltui itself

{asked()}

No ML framework is among them or what they need.
"""

if __name__ == "__main__":
    print(PAGE, end="")
