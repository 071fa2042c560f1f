"""The typed form of a recipe's params and inputs: a field each, checked as one types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from fltui.tui.glyphs import glyph
from fltui.tui.palette import Palette
from fltui.tui.start_run import as_set
from fltui.tui.widgets.drawn import Drawn
from fltui.tui.widgets.one_line import OneLine

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe
    from fltui.recipe.values_model import Input as Wish
    from fltui.recipe.values_model import Param


class FieldInput(OneLine):
    """Up and down go through the choices of a field that has some, else to the next field."""

    BINDINGS = [
        Binding("up", "turn(-1)", "before", show=False),
        Binding("down", "turn(1)", "next", show=False),
    ]

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
        self._name_line = Drawn(classes="field-name")
        self._help = Drawn(classes="field-help")

    def compose(self) -> ComposeResult:
        yield self._name_line
        yield self.input
        yield self._help

    def take(self, value: Value, text: str) -> None:
        """Shows `value`, with `text` in it."""
        self.of = value
        self.input.suggester = SuggestFromList(value.choices) if value.choices else None
        self.input.password = value.secret
        self.input.value = text
        self.input.cursor_position = len(text)
        self.check()

    @property
    def changed(self) -> bool:
        return self.input.value != self.of.default

    def check(self) -> None:
        """Reads the value as `--set` would, and says what is wrong beside it."""
        self.checked = self.input.value
        self.error = self.of.problem(self.checked) if self.changed else ""
        palette = Palette.of(self.app)
        mark = glyph("failed") if self.error else glyph("dot") if self.changed else " "
        colour = palette["red"] if self.error else palette["accent"]
        name = Text(f"{self.of.name[:16]:<16}", "bold" if self.changed else "")
        self._name_line.draw(Text.assemble(name, (mark, colour)))
        words = (self.error, palette["red"]) if self.error else (self.told(), palette["dim"])
        self._help.draw(Text(*words, no_wrap=True, overflow="ellipsis"))

    def told(self) -> str:
        return self.of.told(self.changed)


class ParamsForm(VerticalScroll, can_focus=False):
    """`sets`: what differs from the defaults, as `--set` takes it. Posts Changed, and Left when the
    person has done with it."""

    class Changed(Message):
        """A value changed."""

    class Left(Message):
        """Enter: letters act as keys again."""

    def __init__(self) -> None:
        super().__init__(classes="params")
        self._rows: list[Field] = []
        self._fields: list[Field] = []  # those of the rows that the recipe needs
        self._shown: Path | None = None
        self._typed: dict[Path, dict[str, str]] = {}  # by recipe, for who looks at another and comes back

    async def show(self, recipe: Recipe | None) -> None:
        """The fields of a recipe, with what was typed for it before."""
        self._keep()
        another = self._shown != (recipe.file if recipe else None)
        self._shown = recipe.file if recipe else None
        typed = self._typed.get(recipe.file, {}) if recipe else {}
        focused = next((field.of.name for field in self._fields if field.input.has_focus), None)
        values: list[Value] = []
        if recipe is not None:
            values += [ParamOf(name, param) for name, param in recipe.params.items()]
            values += [InputOf(name, wish) for name, wish in recipe.inputs.items()]
        added = [Field() for _ in values[len(self._rows) :]]
        self._rows += added
        self._fields = self._rows[: len(values)]
        for field, value in zip(self._fields, values, strict=True):
            field.take(value, typed.get(value.name, value.default))
        for number, row in enumerate(self._rows):
            row.display = number < len(values)
        await self.mount_all(added)  # another recipe may be shown meanwhile: nothing is taken after this
        if focused is not None:
            at = next((field for field in self._fields if field.of.name == focused), None)
            self.screen.set_focus(at.input if at else None)
        elif another:
            self.scroll_home(animate=False)

    def _keep(self) -> None:
        if self._shown is not None:
            changed = {field.of.name: field.input.value for field in self._fields if field.changed}
            self._typed[self._shown] = changed

    @property
    def sets(self) -> dict[str, str]:
        return {
            field.of.name: field.input.value
            for field in self._fields
            if field.changed and not field.of.secret
        }

    @property
    def secrets(self) -> dict[str, str]:
        """What was typed into secret fields."""
        return {
            field.of.name: field.input.value for field in self._fields if field.of.secret and field.changed
        }

    @property
    def errors(self) -> list[str]:
        return [f"{field.of.name}: {field.error}" for field in self._fields if field.error]

    @property
    def changed(self) -> int:
        return sum(field.changed for field in self._fields)

    @property
    def typing(self) -> bool:
        return any(field.input.has_focus for field in self._fields)

    @property
    def help_text(self) -> Text:
        """All that there is to say of the field in which somebody types: what is wrong, what it may be, what for."""
        field = next((field for field in self._fields if field.input.has_focus), None)
        if field is None:
            return Text()
        palette = Palette.of(self.app)
        wrong = (f"{field.error}  ", palette["red"]) if field.error else ""
        return Text.assemble(
            (f"{field.of.name}  ", palette["bright"]), wrong, (field.told(), palette["normal"])
        )

    def reset(self) -> None:
        for field in self._fields:
            field.input.value = field.of.default

    def begin(self) -> None:
        """To the field that is wrong, else to the first."""
        wrong = [field for field in self._fields if field.error]
        for field in (wrong or self._fields)[:1]:
            field.input.focus()

    def begin_at(self, name: str) -> None:
        for field in self._fields:
            if field.of.name == name:
                field.input.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        parent = event.input.parent
        # An Input also says so when it appears: drawing all for each of 40 fields made every move slow.
        if isinstance(parent, Field) and event.value != parent.checked:
            parent.check()
            self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Left())


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
