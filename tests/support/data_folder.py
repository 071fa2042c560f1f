"""Where tests find SST-2: where the recipes would, else in a folder `data` that lies near the checkout."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLUE = tuple(tomllib.loads((ROOT / "recipes" / "common" / "sst2" / "data.toml").read_text())["files"])
MISSING = (
    "SST-2 is not on this machine: FLTUI_DATA names no folder with SST-2.zip (or sst2/SST-2.zip), TFDS_DATA_DIR "
    "none with glue/sst2, and there is no data/sst2 in the checkout, beside it, or in a folder beside it"
)


def holds_sst2(folder: Path) -> bool:
    """Whether a folder of FLTUI_DATA would do."""
    return any((place / name).exists() for place in (folder / "sst2", folder) for name in GLUE)


def finds_sst2(environ: Mapping[str, str]) -> bool:
    """Whether prepare would find SST-2 in this environment without a download."""
    tfds = environ.get("TFDS_DATA_DIR", str(Path.home() / "tensorflow_datasets"))
    folders = [folder for folder in environ.get("FLTUI_DATA", "").split(os.pathsep) if folder]
    return (Path(tfds) / "glue" / "sst2").is_dir() or any(holds_sst2(Path(folder)) for folder in folders)


def environment_with_data(
    checkout: Path = ROOT, environ: Mapping[str, str] = os.environ
) -> dict[str, str] | None:
    """The caller's environment, in which a run finds SST-2, or None when it is nowhere.

    Where nothing else gives it, FLTUI_DATA names the first folder `data` that does: in the checkout,
    beside it, or in a folder beside it.
    """
    if finds_sst2(environ):
        return dict(environ)
    beside = sorted(path for path in checkout.parent.glob("*/data") if path.parent != checkout)
    for folder in (checkout / "data", checkout.parent / "data", *beside):
        if holds_sst2(folder):
            given = environ.get("FLTUI_DATA", "")
            return {**environ, "FLTUI_DATA": os.pathsep.join(filter(None, (given, str(folder))))}
    return None
