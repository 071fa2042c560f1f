"""Where fltui keeps its files on this machine, by XDG, and where a site keeps shared ones.

State holds runs, cache holds environments, wheels and prepared data, config holds the user's
recipes and settings. A machine without a home folder (a container's PID 1) gets a private folder
under the temporary directory.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from platformdirs import PlatformDirs


def state_folder() -> Path:
    return _folder("state")


def cache_folder() -> Path:
    return _folder("cache")


def config_folder() -> Path:
    return _folder("config")


def runs_folder() -> Path:
    return state_folder() / "runs"


def site_folders(variable: str) -> list[Path]:
    """The read-only folders that FLTUI_ENVIRONMENTS, FLTUI_DATA or FLTUI_WHEELS lists."""
    return [Path(part) for part in os.environ.get(variable, "").split(os.pathsep) if part]


def package_folder() -> Path:
    """The folder of the installed `fltui` package."""
    return Path(__file__).resolve().parent.parent


def shipped_recipes() -> Path:
    """The recipes that came with fltui: inside the package (a wheel) or beside it (a checkout)."""
    inside = package_folder() / "shipped" / "recipes"
    return inside if inside.is_dir() else package_folder().parent / "recipes"


def _folder(kind: str) -> Path:
    home = os.environ.get("HOME") or os.path.expanduser("~")
    chosen = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    if os.path.isabs(chosen) or (os.path.isabs(home) and _can_hold_files(Path(home))):
        folder: Path = getattr(PlatformDirs("fltui", appauthor=False), f"user_{kind}_path")
        return folder
    return Path(tempfile.gettempdir()) / f"fltui-{os.getuid()}" / kind


def _can_hold_files(home: Path) -> bool:
    """Also of a home that is yet to be made, so that the answer stays the same when it has been."""
    while not home.exists():
        home = home.parent
    return home.is_dir() and os.access(home, os.W_OK)
