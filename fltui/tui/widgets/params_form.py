"""The typed form of a recipe's params and inputs: a field each, checked as one types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input

from fltui.tui.palette import Palette
from fltui.tui.widgets.params_fields import LEAST_NAME, MOST_NAME, Field, InputOf, ParamOf, Value

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe


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

    async def show(self, file: Path | None, recipe: Recipe | None) -> None:
        """The fields of the recipe in `file`, with what was typed for it before. A recipe that was shown and
        is broken now, as half an edit is, keeps its fields until it is whole again."""
        same = file == self._shown
        if same and file is not None and recipe is None:
            return
        self._keep()
        self._shown = file if recipe is not None else None
        typed = self._typed.get(file, {}) if file else {}
        values: list[Value] = []
        if recipe is not None:
            values += [ParamOf(name, param) for name, param in recipe.params.items()]
            values += [InputOf(name, wish) for name, wish in recipe.inputs.items()]
        if not same:
            self.leave()
        added = self._take(values, typed, same)
        await self.mount_all(added)  # another recipe may be shown meanwhile: nothing is taken after this
        if same:
            place = {row: number for number, row in enumerate(self._rows)}
            self.sort_children(key=lambda row: place.get(row, len(place)))  # type: ignore[call-overload]
        else:
            self.scroll_home(animate=False)

    def _take(self, values: list[Value], typed: dict[str, str], same: bool) -> list[Field]:
        """Gives each value a row, the one that it has where the recipe is the `same`: somebody may be typing
        in it. Returns the rows that were made for it."""
        names = {value.name for value in values}
        own = {row.of.name: row for row in self._fields if same and row.of.name in names}
        spare = [row for row in self._rows if row not in own.values()]
        added = [Field() for _ in range(len(values) - len(own) - len(spare))]
        free = iter([*spare, *added])
        fields = [own.get(value.name) or next(free) for value in values]
        room = max([LEAST_NAME, *(min(len(name), MOST_NAME) for name in names)])
        for field, value in zip(fields, values, strict=True):
            field.name_room(room)
            field.take(value, typed.get(value.name, value.default))
            field.display = True
        for row in free:
            if row.input.has_focus:
                self.leave()
            row.display = False
        self._fields = fields
        self._rows = [*fields, *(row for row in [*self._rows, *added] if row not in fields)]
        return added

    def leave(self) -> None:
        """Nobody types in it any more."""
        if self.typing:
            self.screen.set_focus(None)

    def reveal(self) -> None:
        """Whoever types sees where."""
        for field in self._fields:
            if field.input.has_focus:
                field.scroll_visible(animate=False)

    def draw(self) -> None:
        """In the colours of the present theme."""
        for field in self._fields:
            field.draw()

    def _keep(self) -> None:
        if self._shown is not None:
            changed = {field.of.name: field.input.value for field in self._fields if field.changed}
            self._typed[self._shown] = changed

    @property
    def has_fields(self) -> bool:
        return bool(self._fields)

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
