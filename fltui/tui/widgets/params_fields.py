"""A row of the params form: a value, what it may be, and the field in which it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.suggester import SuggestFromList

from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph
from fltui.tui.palette import Palette
from fltui.tui.start_run import as_set
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.one_line import OneLine

if TYPE_CHECKING:
    from fltui.recipe.values_model import Input as Wish
    from fltui.recipe.values_model import Param

LEAST_NAME, MOST_NAME = 16, 24  # cells of the column of names


class FieldInput(OneLine):
    """Up and down go through the choices of a field that has some, else to the next field."""

    BINDINGS = [
        Binding("up", "turn(-1)", "before", show=False),
        Binding("down", "turn(1)", "next", show=False),
    ]

    def on_blur(self, event: events.Blur) -> None:
        if self.app.app_focus:  # else the whole terminal lost the focus, and gives it back
            self.cursor_position = 0  # a long value shows its beginning again

    def action_turn(self, step: int) -> None:
        field = self.parent
        if isinstance(field, Field) and field.of.choices:
            choices = field.of.choices
            at = choices.index(self.value) + step if self.value in choices else 0
            self.value = choices[at % len(choices)]
            self.cursor_position = len(self.value)
        elif step > 0:
            self.screen.focus_next(FieldInput)
        else:
            self.screen.focus_previous(FieldInput)


class Value:
    """One value of a recipe: its name, its default, the choices to turn through, what it may be."""

    def __init__(self, name: str, default: str, choices: list[str], secret: bool = False) -> None:
        self.name = name
        self.default = default
        self.choices = choices
        self.secret = secret

    def problem(self, text: str) -> str:
        """What is wrong with `text`; empty when it is right."""
        return ""

    def told(self, changed: bool) -> str:
        """What it may be, and what it is for."""
        return ""


# What up and down go through where the recipe names no choices; of a device it is not all that it may be.
_USUAL = {"bool": ["true", "false"], "device": ["auto", "cpu", "cuda"]}


class ParamOf(Value):
    def __init__(self, name: str, param: Param) -> None:
        choices = [as_set(choice) for choice in param.choices]
        super().__init__(name, as_set(param.default), choices or _USUAL.get(param.type, []))
        self.param = param

    def problem(self, text: str) -> str:
        from fltui.recipe.errors import ValueProblem
        from fltui.recipe.params import param_value

        try:
            param_value(self.name, self.param, text, Path.cwd())
        except ValueProblem as problem:
            return str(problem).removeprefix(f"{self.name} ")
        return ""

    def told(self, changed: bool) -> str:
        default = f"(default {self.default or 'empty'})  " if changed else ""
        return f"{default}{_range(self.param)}  {self.param.help}"


class InputOf(Value):
    """What only a person knows; a secret is not shown and goes by memory, never by a command line."""

    def __init__(self, name: str, wish: Wish) -> None:
        super().__init__(name, "" if wish.secret else as_set(wish.default), [], wish.secret)
        self.wish = wish

    def told(self, changed: bool) -> str:
        by = f" or ${self.wish.env}" if self.wish.env else ""
        return f"{'secret' if self.secret else 'input'}{by}  {self.wish.help}"


class Field(Horizontal):
    """A row: a value's name, a dot when it differs from the default, what stands there, what it may be.

    The row is taken for another recipe's value when that is shown: to make forty rows anew for every
    move in the grid was most of what a move cost."""

    def __init__(self) -> None:
        super().__init__(classes="field")
        self.of = Value("", "", [])
        self.input = FieldInput(compact=True, classes="field-input")
        self.error = ""
        self.checked: str | None = None  # the value that was looked at last
        self.names = LEAST_NAME
        self._name_line = Drawn(classes="field-name")
        self._help = Drawn(classes="field-help")

    def compose(self) -> ComposeResult:
        yield self._name_line
        yield self.input
        yield self._help

    def take(self, value: Value, text: str) -> None:
        """Shows `value`, with `text` in it. What stands there already stays as it is, the cursor in it."""
        other = value.name != self.of.name
        self.of = value
        self.input.suggester = SuggestFromList(value.choices) if value.choices else None
        self.input.password = value.secret
        if other or self.input.value != text:
            self.input.value = text
            self.input.cursor_position = 0  # a long value shows its beginning
        self.check()

    @property
    def changed(self) -> bool:
        return self.input.value != self.of.default

    def check(self) -> None:
        """Reads the value as `--set` would, and says what is wrong beside it."""
        self.checked = self.input.value
        self.error = self.of.problem(self.checked) if self.changed else ""
        self.draw()

    def draw(self) -> None:
        palette = Palette.of(self.app)
        mark = glyph("failed") if self.error else glyph("dot") if self.changed else " "
        colour = palette["red"] if self.error else palette["accent"]
        name = cut(Text(self.of.name, "bold" if self.changed else ""), self.names)
        name.append(" " * (self.names - name.cell_len), "")
        self._name_line.draw(Text.assemble(name, (mark, colour)))
        words = (self.error, palette["red"]) if self.error else (self.told(), palette["dim"])
        self._help.draw(cut(Text(*words, no_wrap=True), self._help.content_size.width))

    def on_drawn_placed(self) -> None:
        self.draw()  # what is cut depends on the room there is

    def name_room(self, cells: int) -> None:
        """How wide the names of all fields are."""
        if cells != self.names:
            self.names = cells
            self._name_line.styles.width = cells + 3

    def told(self) -> str:
        return self.of.told(self.changed)


def _range(param: Param) -> str:
    if param.choices:
        return ", ".join(as_set(choice) for choice in param.choices)
    if param.type == "device":
        return "auto, cpu, cuda, cuda:N"
    if param.min is not None and param.max is not None:
        return f"{as_set(param.min)} to {as_set(param.max)}"
    if param.min is not None:
        return f"from {as_set(param.min)}"
    return param.type if param.max is None else f"to {as_set(param.max)}"
