"""Recipes that did not come with fltui: they execute what their author wrote, so a person is asked once.

`<state>/consent.json` remembers, by folder, the hash of what was agreed to; a recipe that was edited
asks again.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from fltui.facts.site import shipped_recipes, state_folder

_FILE = "consent.json"
_MOST_BYTES = 50_000_000  # a folder larger than this holds more than a recipe; names and sizes must do


def agreed(recipe: Path) -> bool:
    """Whether the recipe in the file `recipe` may run without a question."""
    folder = recipe.resolve().parent
    return came_with_fltui(recipe) or _read().get(str(folder)) == folder_hash(folder)


def came_with_fltui(recipe: Path) -> bool:
    return recipe.resolve().is_relative_to(shipped_recipes().resolve())


def agree(recipe: Path) -> bool:
    """Somebody looked at what it executes and wants it, so it may run. Without room on the disk it asks again."""
    folder = recipe.resolve().parent
    path = state_folder() / _FILE
    draft = path.with_name(f".{_FILE}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({**_read(), str(folder): folder_hash(folder)}, indent=1))
        draft.replace(path)
    except OSError:
        pass  # then the question comes again, which is the safe side
    return True


def folder_hash(folder: Path) -> str:
    """Of all files below a recipe's folder: names and content. What cannot be read counts as such."""
    files = sorted(
        path for path in folder.rglob("*") if os.path.isfile(path) and "__pycache__" not in path.parts
    )
    whole, taken = hashlib.sha256(), 0
    for path in files:
        try:
            size = path.stat().st_size
            content = path.read_bytes() if taken + size <= _MOST_BYTES else b""
        except OSError as error:
            size, content = -1, str(error.strerror).encode()
        taken += max(0, size)
        whole.update(f"{path.relative_to(folder)}\0{size}\0".encode(errors="surrogateescape"))
        whole.update(content)
    return whole.hexdigest()


def _read() -> dict[str, str]:
    try:
        value = json.loads((state_folder() / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
