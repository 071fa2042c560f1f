"""What is wrong with a recipe, or with the values a person gave for it, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LONGEST = 1000  # characters


@dataclass(frozen=True)
class Problem:
    """One fault at a place of a file. `line` and `column` count from 1; 0 means the file as a whole."""

    file: Path
    line: int
    column: int
    sentence: str

    def __post_init__(self) -> None:
        """A sentence may quote what stands in the file, which may be anything: the middle is left out."""
        if len(self.sentence) > _LONGEST:
            half = _LONGEST // 2
            object.__setattr__(self, "sentence", f"{self.sentence[:half]} … {self.sentence[-half:]}")

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{place}: {self.sentence}"


class RecipeError(Exception):
    """A recipe cannot be used. Its text is one `FILE:LINE:COLUMN: sentence` per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(cls, file: Path, line: int, column: int, sentence: str) -> RecipeError:
        return cls([Problem(file, line, column, sentence)])

    @property
    def file(self) -> Path:
        return self.problems[0].file

    @property
    def line(self) -> int:
        return self.problems[0].line

    @property
    def column(self) -> int:
        return self.problems[0].column

    @property
    def sentence(self) -> str:
        return self.problems[0].sentence


class NoRecipe(RecipeError):
    """No file, folder or short name of that text holds a recipe."""

    def __init__(self, text: str, sentence: str) -> None:
        super().__init__([Problem(Path(text), 0, 0, sentence)])

    def __str__(self) -> str:
        return self.sentence


class ValueProblem(ValueError):
    """A value given on the command line, in an answers file or in the environment does not fit."""


class NotTogether(ValueProblem):
    """Values that fit each for itself, and that the recipe refuses together."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` when a known word is near, else an empty text."""
    from difflib import get_close_matches  # only where something is wrong already

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
