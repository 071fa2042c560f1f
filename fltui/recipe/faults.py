"""Collects what is wrong with a recipe, at its places in the file."""

from __future__ import annotations

from collections.abc import Sequence

from fltui.recipe.errors import Problem
from fltui.recipe.recipe_model import Recipe


class Faults:
    """Problems of one recipe, each place and sentence once."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._found: dict[Problem, None] = {}

    def value(self, path: Sequence[str | int], sentence: str, offset: int | None = None) -> None:
        """A fault of the value at `path`; `offset`: of that character of its text."""
        document = self._recipe.document
        place = document.value_at(path) if offset is None else document.text_at(path, offset)
        self.add(Problem(self._recipe.file, *place, sentence))

    def key(self, path: Sequence[str | int], sentence: str) -> None:
        """A fault of the key at the end of `path`."""
        self.add(Problem(self._recipe.file, *self._recipe.document.key_at(path), sentence))

    def add(self, problem: Problem) -> None:
        self._found[problem] = None

    @property
    def problems(self) -> list[Problem]:
        """All, in the order of the file."""
        return sorted(self._found, key=lambda problem: (problem.line, problem.column))
