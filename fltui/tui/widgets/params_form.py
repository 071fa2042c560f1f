"""The typed form of a recipe's params: a field each, checked as one types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from fltui.tui.glyphs import glyph
from fltui.tui.palette import Palette
from fltui.tui.start_run import as_set

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe
    from fltui.recipe.values_model import Param


class Field(Horizontal):
    """One param: its name, a dot when it differs from the default, its value, what it may be."""

    def __init__(self, name: str, param: Param) -> None:
        super().__init__(classes="field")
        self.param_name = name
        self.param = param
        self.default = as_set(param.default)
        choices = [str(choice) for choice in param.choices] or (
            ["true", "false"] if param.type == "bool" else []
        )
        suggester = SuggestFromList(choices) if choices else None
        self.input = Input(self.default, compact=True, suggester=suggester, classes="field-input")
        self.error = ""
        self._name_line = Static(classes="field-name")
        self._help = Static(classes="field-help")

    def compose(self) -> ComposeResult:
        yield self._name_line
        yield self.input
        yield self._help

    def on_mount(self) -> None:
        self.check()

    @property
    def changed(self) -> bool:
        return self.input.value != self.default

    def check(self) -> None:
        """Reads the value as `--set` would, and says what is wrong beside it."""
        from fltui.recipe.errors import ValueProblem
        from fltui.recipe.params import param_value

        self.error = ""
        if self.changed:
            try:
                param_value(self.param_name, self.param, self.input.value, Path.cwd())
            except ValueProblem as problem:
                self.error = str(problem)
        palette = Palette.of(self.app)
        mark = glyph("failed") if self.error else glyph("dot") if self.changed else " "
        colour = palette["red"] if self.error else palette["accent"]
        self._name_line.update(
            Text.assemble((f"{self.param_name:<16}", "bold" if self.changed else ""), (mark, colour))
        )
        if self.error:
            self._help.update(Text(self.error, palette["red"], no_wrap=True))
        else:
            self._help.update(Text(f"{_range(self.param)}  {self.param.help}", palette["dim"], no_wrap=True))


class ParamsForm(VerticalScroll, can_focus=False):
    """`sets`: what differs from the defaults, as `--set` takes it. Posts Changed."""

    class Changed(Message):
        """A value changed."""

    def __init__(self) -> None:
        super().__init__(classes="params")
        self._fields: list[Field] = []
        self._shown: Path | None = None

    async def show(self, recipe: Recipe | None) -> None:
        """The fields of a recipe; what was typed is kept while the recipe stays the same."""
        kept = self.sets if recipe is not None and recipe.file == self._shown else {}
        self._shown = recipe.file if recipe else None
        await self.remove_children()
        self._fields = [Field(name, param) for name, param in recipe.params.items()] if recipe else []
        for field in self._fields:
            if field.param_name in kept:
                field.input.value = kept[field.param_name]
        await self.mount_all(self._fields)

    @property
    def sets(self) -> dict[str, str]:
        return {field.param_name: field.input.value for field in self._fields if field.changed}

    @property
    def errors(self) -> list[str]:
        return [field.error for field in self._fields if field.error]

    def reset(self) -> None:
        for field in self._fields:
            field.input.value = field.default

    def begin(self) -> None:
        if self._fields:
            self._fields[0].input.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        parent = event.input.parent
        if isinstance(parent, Field):
            parent.check()
            self.post_message(self.Changed())


def _range(param: Param) -> str:
    if param.choices:
        return ", ".join(str(choice) for choice in param.choices)
    if param.min is not None and param.max is not None:
        return f"{param.min} to {param.max}"
    if param.min is not None:
        return f"from {param.min}"
    return param.type if param.max is None else f"to {param.max}"
