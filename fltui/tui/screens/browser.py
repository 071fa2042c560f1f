"""The first screen: which recipes there are, what each needs, how it went, and a key to run it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Markdown, Static

from fltui.record.runs import find_run
from fltui.tui.catalogue import Entry, read_all
from fltui.tui.numbers import clock, day, share
from fltui.tui.palette import Palette
from fltui.tui.screens.browser_keys import BROWSER_KEYS
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.keys import Key
from fltui.tui.start_run import Starting, shell_line
from fltui.tui.widgets.footer import Keys
from fltui.tui.widgets.params_form import ParamsForm
from fltui.tui.widgets.recipe_grid import RecipeGrid
from fltui.tui.widgets.side import SideTitle


class BrowserScreen(Screen[None]):
    """Grid, form and guide. Everything is read on a thread: the first frame waits for no recipe."""

    AUTO_FOCUS = ""
    KEYS: ClassVar[tuple[Key, ...]] = BROWSER_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in BROWSER_KEYS)
    ]

    def __init__(self, recipes: Path | None = None) -> None:
        super().__init__()
        self._recipes = recipes
        self._entries: dict[str, Entry] = {}
        self._starting: Starting | None = None
        self._guide_of: tuple[str, float] | None = None
        self._reading = False
        self.header = Static(classes="bar")
        self.grid = RecipeGrid()
        self.form = ParamsForm()
        self.line = Static(classes="shell-line")
        self.about = Static(classes="about")
        self.titles = {
            name: SideTitle(name) for name in ("recipes", "parameters", "the same from a shell", "guide")
        }
        self.guide = VerticalScroll(classes="guide", can_focus=False)
        self.keys_line = Keys()

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.titles["recipes"]
                yield self.grid
                yield self.about
                yield self.titles["parameters"]
                yield self.form
                yield self.titles["the same from a shell"]
                yield self.line
            with Vertical(id="guide-side"):
                yield self.titles["guide"]
                yield self.guide
        yield self.keys_line

    def on_mount(self) -> None:
        self.set_interval(0.8, self._read)
        self.call_after_refresh(self._draw)
        self._read()

    # -- reading ------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Reads the recipes on a thread; one reading at a time."""
        if self._reading:
            return
        self._reading = True
        known, app = self._entries, self.app  # a screen that was left meanwhile has no app

        def read() -> None:
            found = read_all(known, self._recipes)
            if app.is_running:
                app.call_later(self._took, found)

        threading.Thread(target=read, daemon=True).start()

    async def _took(self, found: dict[str, Entry]) -> None:
        self._reading = False
        changed = found != self._entries
        self._entries = found
        if changed:
            self.grid.show(found)
            await self._show_entry()
        self._draw()

    @property
    def entry(self) -> Entry | None:
        return self._entries.get(self.grid.chosen)

    async def on_recipe_grid_chose(self) -> None:
        await self._show_entry()

    def on_params_form_changed(self) -> None:
        self._draw()

    async def _show_entry(self) -> None:
        entry = self.entry
        if entry is None or (entry.name, entry.stamp) == self._guide_of:
            return
        self._guide_of = (entry.name, entry.stamp)
        await self.form.show(entry.recipe)
        text = entry.error and f"**This recipe is broken.**\n\n```\n{entry.error}\n```"
        if entry.recipe is not None:
            text = entry.recipe.guide_text() or "This recipe has no guide."
        await self.guide.remove_children()
        await self.guide.mount(Markdown(text))
        self._draw()

    # -- drawing ------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.set_class(self.size.width < 100, "narrow")
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        palette = Palette.of(self.app)
        entry = self.entry
        live = [e for e in self._entries.values() if e.live is not None]
        head = Text.assemble(
            (" fltui ", f"bold {palette['accent']}"), (" recipes ", f"bold {palette['bright']}")
        )
        head.append(f" {len(self._entries)} in {len(self.grid.tasks)} tasks", palette["dim"])
        if live:
            head.append(f"   {len(live)} live ", palette["green"]).append("H", f"bold {palette['accent']}")
            head.append(" shows", palette["dim"])
        self.header.update(head)
        for name, title in self.titles.items():
            title.show("r resets" if name == "parameters" and self.form.sets else "")
        if entry is not None:
            self.about.update(self._about(entry, palette))
            self.line.update(Text(f"$ {shell_line(entry.name, self.form.sets)}", palette["normal"]))
        self.keys_line.show(self._keys())

    def _about(self, entry: Entry, palette: Palette) -> Text:
        text = Text.assemble(
            (f" {entry.recipe.title if entry.recipe else entry.name}", palette["bright"]), no_wrap=True
        )
        missing = [name for name, built in entry.environments.items() if not built]
        if missing:
            text.append(f"   builds {', '.join(missing)} first", palette["amber"])
        if entry.last is not None and entry.last.verdict is not None:
            last = entry.last
            verdict = entry.last.verdict.value
            text.append(f"\n last {verdict}", palette.state(verdict))
            facts = [day(last.started_at, time.time()), f"{last.rounds_done} of {last.rounds_planned} rounds"]
            if "accuracy" in last.metrics:
                facts.append(f"accuracy {share(last.metrics['accuracy'])}")
            text.append(f"  {'  '.join(facts)}  {clock(last.duration_s)}", palette["dim"])
        else:
            text.append("\n not run yet", palette["dim"])
        return text

    def _keys(self) -> list[tuple[str, str]]:
        if self._starting is not None:
            return [("Esc", "cancel the start")]
        if self.form.errors:
            return [("Enter", f"cannot run: {self.form.errors[0]}")]
        run = [("Enter", "run"), ("s", "in steps"), ("D", "detached"), ("p", "parameters")]
        return [*run, ("arrows", "move"), ("y", "copy"), ("e", "edit"), ("H", "history"), ("q", "quit")]

    # -- what a person does ---------------------------------------------------------------------------

    def action_move(self, right: int, down: int) -> None:
        self.grid.move(right, down)

    def action_params(self) -> None:
        self.form.begin()

    def action_reset(self) -> None:
        self.form.reset()

    def action_back(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
        self.set_focus(None)

    def action_run(self, how: str) -> None:
        """Runs the chosen recipe: `watch` opens it, `step` in step mode, `detached` stays here."""
        entry = self.entry
        if entry is None or self._starting is not None:
            return
        if entry.recipe is None or self.form.errors:
            self.notify(self.form.errors[0] if self.form.errors else entry.error, severity="error")
            return
        self.set_focus(None)
        self.about.update("starting …")

        def said(line: str) -> None:
            self.app.call_from_thread(self.about.update, Text(f" {line}", no_wrap=True))

        def done(run: str, error: str) -> None:
            self.app.call_from_thread(self._started, run, error, how)

        self._starting = Starting(entry.file, self.form.sets, how == "step", said, done)
        self._draw_keys()

    def _draw_keys(self) -> None:
        self.keys_line.show(self._keys())

    def _started(self, run: str, error: str, how: str) -> None:
        self._starting = None
        self._draw()
        if error:
            self.notify(error, severity="error", timeout=10)
        elif how == "detached":
            self.notify(f"{run} runs; H shows it")
        else:
            self.app.open_run(find_run(run))  # type: ignore[attr-defined]

    def action_copy(self) -> None:
        if self.entry is not None:
            self.app.copy_to_clipboard(shell_line(self.entry.name, self.form.sets))
            self.notify("the command is on the clipboard")

    def action_edit(self) -> None:
        if self.entry is not None:
            self.app.edit_file(self.entry.file)  # type: ignore[attr-defined]

    def action_history(self) -> None:
        self.app.open_history()  # type: ignore[attr-defined]

    def action_help(self) -> None:
        self.app.push_screen(
            HelpScreen("recipes", [(key.shown, key.help) for key in BROWSER_KEYS if key.help])
        )

    def action_quit(self) -> None:
        self.app.exit(0)
