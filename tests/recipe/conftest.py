"""Recipes written by tests: a good one to vary, and the place where a fault is expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe

HEAD = "schema: 1\ntitle: A test\nframework: none\ntask: numbers\n"
PROCESSES = "processes:\n  server: {role: server, argv: [python3, server.py], metrics: [{lines: json}]}\n"

Write = Callable[..., Path]


@pytest.fixture
def averaging() -> Path:
    """The folder of a whole small federation that really runs."""
    return Path(__file__).parent / "averaging"


@pytest.fixture
def write_recipe(tmp_path: Path) -> Write:
    """Writes a recipe of `body` (with the usual head, and a process unless it has some)."""

    def write(body: str, head: str = HEAD) -> Path:
        folder = tmp_path / "recipe"
        folder.mkdir(exist_ok=True)
        rest = "" if "processes:" in body else PROCESSES
        (folder / "recipe.yaml").write_text(head + body + rest)
        return folder / "recipe.yaml"

    return write


@pytest.fixture
def recipe_of(write_recipe: Write) -> Callable[..., Recipe]:
    """The loaded recipe of a body."""
    return lambda body: load(write_recipe(body))
