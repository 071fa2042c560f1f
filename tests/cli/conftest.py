"""Fixtures of the command line's tests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engines
from fltui_terminal import Terminal

from fltui.facts.site import runs_folder


@pytest.fixture
def engines(own_site: Path) -> Iterator[Engines]:
    """Engines whose runs lie where a user's runs lie."""
    found = Engines(runs_folder())
    yield found
    found.close()


class RecipeWriter:
    """Writes small recipes; a test says its processes, the rest is the same for all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, processes: str, name: str = "small", head: str = "") -> str:
        """`processes` and `head` (other top-level keys) are YAML, indented as in the test."""
        folder = self.root / name
        folder.mkdir()
        text = "schema: 1\ntitle: A small recipe\nframework: own\ntask: none\ndeadline: 60s\n"
        text += textwrap.dedent(head) + "processes:\n" + textwrap.indent(textwrap.dedent(processes), "  ")
        (folder / "recipe.yaml").write_text(text)
        return str(folder)


@pytest.fixture
def recipe(tmp_path: Path) -> RecipeWriter:
    return RecipeWriter(tmp_path)


@pytest.fixture
def terminal() -> Iterator[type[Terminal]]:
    """`terminal(words…)` runs fltui on a terminal; what still runs at the end of the test is ended."""
    opened: list[Terminal] = []

    class Opened(Terminal):
        def __init__(self, *words: str, columns: int = 100, **environ: str) -> None:
            super().__init__(*words, columns=columns, **environ)
            opened.append(self)

    yield Opened
    for one in opened:
        one.close()
