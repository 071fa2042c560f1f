"""Finds recipes: by file, by folder, or by short name in the folders that hold recipes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fltui.facts.site import config_folder, shipped_recipes
from fltui.recipe.errors import NoRecipe, RecipeError, did_you_mean

FILE_NAME = "recipe.yaml"
_MOST_DEPTH = 3
_NO_RECIPES_IN = ("common", "environments")


@dataclass(frozen=True)
class Found:
    """A recipe that has a short name. `origin`: here, user or shipped."""

    name: str
    file: Path
    origin: str


def roots(first: Path | None = None) -> list[tuple[str, Path]]:
    """The folders that are searched for short names, first that has it; `first` before all others."""
    return [
        *([("here", first.absolute())] if first is not None else []),
        ("here", Path.cwd() / "recipes"),
        ("user", config_folder() / "recipes"),
        ("shipped", shipped_recipes()),
    ]


def find(text: str, first: Path | None = None) -> Path:
    """The recipe file that `text` means: a file, a folder with recipe.yaml, or a short name.

    Raises RecipeError for a folder without recipe.yaml, NoRecipe (with what is near) for neither.
    """
    given = Path(text).expanduser()
    if given.is_file():
        return Path(os.path.abspath(given))
    if given.is_dir() and (given / FILE_NAME).is_file():
        return Path(os.path.abspath(given / FILE_NAME))
    short = not given.is_absolute() and ".." not in given.parts
    for _, root in roots(first) if short else ():
        for file in (root / given / FILE_NAME, root / f"{given}.yaml"):
            if file.is_file():
                return Path(os.path.abspath(file))
    if given.is_dir():
        raise RecipeError.at(given, 1, 1, f"this folder holds no {FILE_NAME}")
    names = [found.name for found in catalogue(first)]
    near = did_you_mean(text.strip("/"), names)
    hint = near or "; `fltui recipes` lists them"
    raise NoRecipe(
        text, f"{text} is neither a recipe file, nor a folder with {FILE_NAME}, nor a known recipe{hint}"
    )


def catalogue(first: Path | None = None) -> list[Found]:
    """All recipes with a short name, those hidden by an earlier folder's left out, by name."""
    found: dict[str, Found] = {}
    seen: set[Path] = set()
    for origin, root in roots(first):
        resolved = root.resolve()
        if resolved in seen:
            continue
        seen.add(resolved)
        for file in _recipes_under(root, _MOST_DEPTH):
            name = file.parent.relative_to(root).as_posix()
            found.setdefault(name, Found(name, file, origin))
    return [found[name] for name in sorted(found)]


def recipes_root(file: Path) -> Path:
    """The root of the tree of recipes that `file` lives in: the nearest folder above that has
    `common` beside the recipes; for a recipe that stands alone, the shipped recipes."""
    for folder in Path(os.path.abspath(file)).parents:
        if (folder / "common").is_dir() and ((folder / "environments").is_dir() or folder.name == "recipes"):
            return folder
    return shipped_recipes()


def short_name(file: Path) -> str:
    """What a recipe is called in lists and verdicts: its path below its root, else its folder."""
    file = Path(os.path.abspath(file))
    inside = file.parent if file.name == FILE_NAME else file.with_suffix("")
    for root in (*(root for _, root in roots()), recipes_root(file)):
        if inside.is_relative_to(root) and inside != root:
            return inside.relative_to(root).as_posix()
    return inside.name


def _recipes_under(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # a folder that is not there, or not ours to read, holds no recipes
    for entry in entries:
        hidden = entry.name.startswith((".", "_")) or entry.name in _NO_RECIPES_IN
        if entry.is_file() and entry.name == FILE_NAME:
            yield Path(entry.path)
        elif entry.is_dir() and depth > 0 and not hidden:
            yield from _recipes_under(Path(entry.path), depth - 1)
