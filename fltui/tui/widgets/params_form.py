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
from textual.widgets import Input, Static

from fltui.tui.glyphs import glyph
from fltui.tui.palette import Palette
from fltui.tui.start_run import as_set
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
        if isinstance(field, Field) and field.choices:
            at = field.choices.index(self.value) + step if self.value in field.choices else 0
            self.value = field.choices[at % len(field.choices)]
            self.cursor_position = len(self.value)
        elif step > 0:
            self.screen.focus_next(FieldInput)
        else:
            self.screen.focus_previous(FieldInput)


class Field(Horizontal):
    """One value: its name, a dot when it differs from the default, what stands there, what it may be."""

    def __init__(self, name: str, default: str, choices: list[str], secret: bool = False) -> None:
        super().__init__(classes="field")
        self.value_name = name
        self.default = default
        self.choices = choices
        self.secret = secret
        suggester = SuggestFromList(choices) if choices else None
        self.input = FieldInput(
            default, compact=True, suggester=suggester, classes="field-input", password=secret
        )
        self.error = ""
        self.checked: str | None = None  # the value that was looked at last
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
        self.checked = self.input.value
        self.error = self.problem() if self.changed else ""
        palette = Palette.of(self.app)
        mark = glyph("failed") if self.error else glyph("dot") if self.changed else " "
        colour = palette["red"] if self.error else palette["accent"]
        name = Text(f"{self.value_name[:16]:<16}", "bold" if self.changed else "")
        self._name_line.update(Text.assemble(name, (mark, colour)))
        words = (self.error, palette["red"]) if self.error else (self.told(), palette["dim"])
        self._help.update(Text(*words, no_wrap=True, overflow="ellipsis"))

    def problem(self) -> str:
        """What is wrong with the present value; empty when it is right."""
        return ""

    def told(self) -> str:
        """What it may be, and what it is for."""
        return ""


# What up and down go through where the recipe names no choices; of a device it is not all that it may be.
_USUAL = {"bool": ["true", "false"], "device": ["auto", "cpu", "cuda"]}


class ParamField(Field):
    def __init__(self, name: str, param: Param) -> None:
        choices = [as_set(choice) for choice in param.choices]
        super().__init__(name, as_set(param.default), choices or _USUAL.get(param.type, []))
        self.param = param

    def problem(self) -> str:
        from fltui.recipe.errors import ValueProblem
        from fltui.recipe.params import param_value

        try:
            param_value(self.value_name, self.param, self.input.value, Path.cwd())
        except ValueProblem as problem:
            return str(problem).removeprefix(f"{self.value_name} ")
        return ""

    def told(self) -> str:
        default = f"(default {self.default or 'empty'})  " if self.changed else ""
        return f"{default}{_range(self.param)}  {self.param.help}"


class InputField(Field):
    """What only a person knows; a secret is not shown and goes by memory, never by a command line."""

    def __init__(self, name: str, wish: Wish) -> None:
        super().__init__(name, "" if wish.secret else as_set(wish.default), [], wish.secret)
        self.wish = wish

    def told(self) -> str:
        by = f" or ${self.wish.env}" if self.wish.env else ""
        return f"{'secret' if self.secret else 'input'}{by}  {self.wish.help}"


class ParamsForm(VerticalScroll, can_focus=False):
    """`sets`: what differs from the defaults, as `--set` takes it. Posts Changed, and Left when the
    person has done with it."""

    class Changed(Message):
        """A value changed."""

    class Left(Message):
        """Enter: letters act as keys again."""

    def __init__(self) -> None:
        super().__init__(classes="params")
        self._fields: list[Field] = []
        self._shown: Path | None = None
        self._typed: dict[Path, dict[str, str]] = {}  # by recipe, for who looks at another and comes back

    async def show(self, recipe: Recipe | None) -> None:
        """The fields of a recipe, with what was typed for it before."""
        self._keep()
        self._shown = recipe.file if recipe else None
        typed = self._typed.get(recipe.file, {}) if recipe else {}
        focused = next((field.value_name for field in self._fields if field.input.has_focus), None)
        await self.remove_children()
        self._fields = []
        if recipe is not None:
            self._fields += [ParamField(name, param) for name, param in recipe.params.items()]
            self._fields += [InputField(name, wish) for name, wish in recipe.inputs.items()]
        for field in self._fields:
            field.input.value = typed.get(field.value_name, field.input.value)
        await self.mount_all(self._fields)
        for field in self._fields:
            if field.value_name == focused:
                field.input.focus()

    def _keep(self) -> None:
        if self._shown is not None:
            changed = {field.value_name: field.input.value for field in self._fields if field.changed}
            self._typed[self._shown] = changed

    @property
    def sets(self) -> dict[str, str]:
        return {
            field.value_name: field.input.value
            for field in self._fields
            if field.changed and not field.secret
        }

    @property
    def secrets(self) -> dict[str, str]:
        """What was typed into secret fields."""
        return {
            field.value_name: field.input.value for field in self._fields if field.secret and field.changed
        }

    @property
    def errors(self) -> list[str]:
        return [f"{field.value_name}: {field.error}" for field in self._fields if field.error]

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
            (f"{field.value_name}  ", palette["bright"]), wrong, (field.told(), palette["normal"])
        )

    def reset(self) -> None:
        for field in self._fields:
            field.input.value = field.default

    def begin(self) -> None:
        """To the field that is wrong, else to the first."""
        wrong = [field for field in self._fields if field.error]
        for field in (wrong or self._fields)[:1]:
            field.input.focus()

    def begin_at(self, name: str) -> None:
        for field in self._fields:
            if field.value_name == name:
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
