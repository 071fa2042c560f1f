"""`fltui recipes copy`: the way to a recipe of one's own. What is copied runs where it comes to lie."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from fltui.cli.errors import UsageError
from fltui.recipe.find import FILE_NAME, recipes_root
from fltui.recipe.schema import SCHEMA_FILE

_SCHEMA_LINE = re.compile(r"^(# yaml-language-server: \$schema=)(?!\w+:)(\S+)$", re.MULTILINE)
_UPWARDS = re.compile(r"\$\{\{\s*recipe\.folder\s*\}\}/\.\.(?=[/\"'\s,\]]|$)")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".git")


def copy_recipe(file: Path, target: Path) -> Path:
    """Copies the folder of the recipe `file` to the new folder `target`; returns its absolute path.

    The copy still finds what the original finds: shared code through the tree of recipes that it
    belongs to (the shipped ones, for a recipe that stands alone), the schema and what the recipe
    names above its folder by their absolute paths. Raises UsageError.
    """
    folder = Path(os.path.abspath(target))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{target} exists already; give the name of a new folder")
    source = file.parent
    if folder.is_relative_to(source):
        raise UsageError(f"{target} lies in the folder that would be copied, {source}")
    root = recipes_root(file)
    if recipes_root(folder / FILE_NAME) != root:
        raise UsageError(f"{file} uses the shared code in {root / 'common'}; copy it to a folder in {root}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the last step is a rename and nobody sees half a recipe.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as draft:
        copied = Path(draft) / "recipe"
        shutil.copytree(source, copied, ignore=_NOT_COPIED)
        if file.name != FILE_NAME:
            (copied / file.name).replace(copied / FILE_NAME)
        text = (copied / FILE_NAME).read_text(encoding="utf-8")
        (copied / FILE_NAME).write_text(_moved(text, source, root), encoding="utf-8")
        copied.rename(folder)
    return folder


def _moved(text: str, source: Path, root: Path) -> str:
    """The recipe's text with what it says of places outside its folder made absolute."""
    schema = root / SCHEMA_FILE
    text = _SCHEMA_LINE.sub(lambda match: f"{match[1]}{schema}", text)
    return _UPWARDS.sub(lambda match: str(source.parent), text)
