"""The first screen: which recipes there are, what each needs, how it went, and a key to run it."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from fltui.tui.catalogue import Entry
from fltui.tui.consent import came_with_fltui
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import clock, day, room, share
from fltui.tui.palette import Palette
from fltui.tui.screens.browser_keys import BROWSER_KEYS, footer_keys
from fltui.tui.screens.browser_leftovers import LeftoverActions
from fltui.tui.screens.browser_start import StartActions
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.keys import Key, users_keys
from fltui.tui.start_run import shell_line
from fltui.tui.widgets.recipe_pages import Tabs
from fltui.tui.widgets.side import SideTitle

_NARROW, _LOW = 100, 30
_READ_S = 0.7  # edits on disk show within a second


class BrowserScreen(StartActions, LeftoverActions):
    """Grid, form and the pages of the chosen recipe."""

    AUTO_FOCUS = ""
    KEYS: ClassVar[tuple[Key, ...]] = BROWSER_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in BROWSER_KEYS)
    ]
    _shown_entry: Entry | None = None

    def compose(self) -> ComposeResult:
        self.titles = {name: SideTitle(name) for name in ("recipes", "the same from a shell", "parameters")}
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.titles["recipes"]
                yield self.grid
                yield self.about
                yield self.bar
                yield self.titles["the same from a shell"]
                yield self.line
                yield self.titles["parameters"]
                yield self.form
                yield self.field_help
            yield self.pages
        yield self.filter_bar
        yield self.keys_line

    def on_mount(self) -> None:
        self.set_interval(_READ_S, self._tick)
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.form.draw())
        self.set_interval(1.0, self.bar.tick)
        self.call_after_refresh(self.draw_all)
        self.read()
        self.set_timer(0.5, self.look_for_leftovers)  # the first frame comes first

    def _tick(self) -> None:
        if self.is_current or self.busy:  # nobody looks at it behind a run
            self.read()
        self.tell_problem()

    def on_screen_resume(self) -> None:
        self.read()

    def on_resize(self) -> None:
        self.set_class(self.size.width < _NARROW, "narrow")
        self.set_class(self.size.height < _LOW, "low")
        self.call_after_refresh(self.draw_all)

    async def on_recipe_grid_chose(self) -> None:
        await self.show_entry()
        self.look_ahead()
        self.read_files()
        self.draw_all()

    def on_params_form_changed(self) -> None:
        self.look_ahead()
        self.draw_all()

    def on_params_form_left(self) -> None:
        self.set_focus(None)

    def on_tabs_turned(self, message: Tabs.Turned) -> None:
        self.action_page(message.page)

    async def on_filter_bar_changed(self, message: object) -> None:
        self.grid.filter(self.filter_bar.text)
        await self.show_entry()
        self.draw_all()

    def on_filter_bar_left(self) -> None:
        self.set_focus(None)

    def on_descendant_focus(self) -> None:
        self._focus_changed()

    def on_descendant_blur(self) -> None:
        self._focus_changed()

    def _focus_changed(self) -> None:
        self.set_class(self.form.typing, "filling")
        self.draw_all()

    async def show_entry(self) -> None:
        entry, shown = self.entry, self._shown_entry
        if entry is None:
            self._shown_entry = None
            await self.form.show(None, None)
        elif shown is None or (shown.name, shown.stamp) != (entry.name, entry.stamp):
            self._shown_entry = entry
            await self.form.show(entry.file, entry.recipe)

    # -- drawing ------------------------------------------------------------------------------------

    def draw_all(self) -> None:
        if not self.is_mounted or not self.size.width:
            return
        palette, entry = Palette.of(self.app), self.entry
        self.grid.draw_grid()
        self.header.draw(cut(self._head(palette), self.size.width))
        shown, whole = len(self.grid.shown()), len(self._entries)
        self.filter_bar.tell(f"{shown} of {whole}" if self.grid.only else "")
        changed = f"{self.form.changed} changed  r resets" if self.form.changed else ""
        errors = len(self.form.errors)
        wrong = f"{errors} wrong  " if errors else ""
        facts = {"parameters": f"{wrong}{changed}", "the same from a shell": "y copies"}
        facts["recipes"] = "h j k l move   / filter"
        for name, title in self.titles.items():
            title.show(facts.get(name, ""))
        if entry is not None:
            self.about.draw(self._about(entry, palette))
            self.line.draw(Text(f"$ {self._shell_line(entry)}", palette["normal"]))
            self.pages.show(entry, self.preview)
            self.field_help.draw(self.form.help_text)
            self.field_help.set_class(not self.form.help_text, "hidden")
        elif self._entries:
            self.about.draw(Text(" no recipe is chosen", palette["dim"]))
            self.line.draw(Text(""))
            self.field_help.set_class(True, "hidden")
            self.pages.show_none()
        self.keys_line.show(footer_keys(self))
        if self.form.typing:
            self.call_after_refresh(self.form.reveal)  # the help above has another height

    def _shell_line(self, entry: Entry) -> str:
        first = self._recipes if entry.origin == "here" else None
        return shell_line(entry.name, self.form.sets, recipes=first, secrets=self.form.secrets)

    def _number(self) -> str:
        """How many recipes there are, and how many of them the filter leaves."""
        shown, tasks = len(self.grid.shown()), len(self.grid.tasks)
        if shown < len(self._entries):
            return f"{shown} of {len(self._entries)}"
        return f"{shown} in {tasks} task{'' if tasks == 1 else 's'}"

    def _head(self, palette: Palette) -> Text:
        live = [e.live for e in self._entries.values() if e.live is not None]
        broken = sum(bool(entry.error) for entry in self._entries.values())
        dim = palette["dim"]
        head = Text.assemble(
            (" fltui ", f"bold {palette['accent']}"),
            (" recipes ", f"bold {palette['bright']}"),
            (f" {self._number()}", dim),
            no_wrap=True,
        )
        if self.grid.beyond and not self.has_class("paging"):
            sides = ", ".join(f"{number} {side}" for side, number in self.grid.beyond.items())
            head.append(f", beyond the edge: {sides}", dim)
        if broken:
            head.append(f"   {glyph('failed')} {broken} broken", palette["red"])
        if live:
            head.append(f"   {glyph('running')} {len(live)} live", palette["green"])
            head.append("  H", f"bold {palette['accent']}").append(" shows", dim)
        return head

    def _about(self, entry: Entry, palette: Palette) -> Text:
        """What it is, how it went, what it needs: a line each."""
        dim, width = palette["dim"], self.about.size.width
        title = entry.recipe.title if entry.recipe else f"{entry.name} is broken"
        style = palette["bright"] if entry.recipe else palette["red"]
        lines = [Text(f" {title}", style), self._last(entry, palette), self._needs(entry, palette)]
        if entry.recipe is None:
            lines[1:] = [Text(f" {line}", palette["normal"]) for line in entry.error.splitlines()[:2]]
        elif not came_with_fltui(entry.file):
            lines[0].append(f"  from {entry.file.parent}", dim)
        return Text("\n").join([cut(line, width) for line in lines])

    def _last(self, entry: Entry, palette: Palette) -> Text:
        last, dim = entry.last, palette["dim"]
        if entry.live is not None:
            began = day(entry.live.started_at, time.time())
            return Text.assemble(
                (f" {glyph('running')} live", palette["green"]),
                (f" since {began}  ", dim),
                ("v", f"bold {palette['accent']}"),
                (" shows it", dim),
            )
        if last is None or last.verdict is None:
            return Text(" not run yet", dim)
        verdict = last.verdict.value
        facts = [day(last.started_at, time.time())]
        if last.rounds_planned is not None:
            facts.append(f"{last.rounds_done} of {last.rounds_planned} rounds")
        if "accuracy" in last.metrics:
            facts.append(f"accuracy {share(last.metrics['accuracy'])}")
        text = Text.assemble((" last ", dim), (f"{state_glyph(verdict)} {verdict}", palette.state(verdict)))
        return text.append(f"  {'  '.join(facts)}  took {clock(last.duration_s)}", dim)

    def _needs(self, entry: Entry, palette: Palette) -> Text:
        dim = palette["dim"]
        text = Text(" needs", dim)
        for name, built in entry.environments.items():
            mark, colour = ("done", "green") if built else ("build", "amber")
            text.append(f" {glyph(mark)} ", palette[colour]).append(name, palette["normal"])
        if not entry.environments:
            text.append(" no environment", palette["normal"])
        if self.missing:
            size = room(round(1e9 * sum(need.gigabytes for need in self.missing)))
            asks = ", asks for a licence" if any(need.licence for need in self.missing) else ""
            text.append(f"  builds {size} first{asks}", palette["amber"])
        if entry.data.state in ("here", "away"):
            mark, colour = ("done", "green") if entry.data.state == "here" else ("build", "amber")
            text.append("   data", dim).append(f" {glyph(mark)} ", palette[colour])
            fetched = f"a run fetches {entry.data.size}".rstrip()
            text.append("here" if entry.data.state == "here" else fetched, palette["normal"])
        if self.preview is not None and self.preview.problem:
            return Text.assemble((f" {glyph('failed')} {self.preview.problem}", palette["red"]))
        if self.preview is not None and self.preview.plan is not None:
            plan = self.preview.plan
            ports = f", {_counted(len(plan.ports), 'port', 'ports')}" if plan.ports else ""
            text.append(f"   {_counted(len(plan.processes), 'process', 'processes')}{ports}", dim)
        return text

    # -- what a person does ---------------------------------------------------------------------------

    def action_move(self, right: int, down: int) -> None:
        self.grid.move(right, down)

    def action_filter(self) -> None:
        self.filter_bar.begin()

    def action_params(self) -> None:
        if not self.form.has_fields:
            self.notify(
                "no recipe is chosen" if self.entry is None else f"{self.entry.name} has no parameters"
            )
            return
        self.remove_class("paging")
        self.form.begin()

    def action_reset(self) -> None:
        self.form.reset()

    def action_page(self, page: str) -> None:
        """Turns to a page; on a narrow screen it takes the place of the grid, the same key gives it back."""
        again = self.pages.page == page and self.has_class("paging")
        self.pages.page = page
        self.read_files()
        self.set_class(self.has_class("narrow") and not again, "paging")
        self.call_after_refresh(self.draw_all)

    def action_scroll(self, pages: int) -> None:
        self.pages.scroll(pages * max(5, self.pages.size.height - 3))

    def action_file(self, step: int) -> None:
        if self.pages.page == "files":
            self.pages.choose_file(step)
            self.draw_all()

    def action_back(self) -> None:
        """Out of what is nearest: a field, a page, a build or start, the filter."""
        if self.focused is not None:
            self.set_focus(None)
        elif self.has_class("paging"):
            self.remove_class("paging")
            self.call_after_refresh(self.draw_all)
        elif self.busy:
            self.cancel()
        elif self.grid.only:
            self.filter_bar.clear()

    def action_copy(self) -> None:
        if self.entry is not None:
            self.app.copy_to_clipboard(self._shell_line(self.entry))
            wrong = self.form.errors
            says = f"the command is invalid ({wrong[0]}); it is" if wrong else "the command is"
            self.notify(
                f"{says} sent to the terminal's clipboard", severity="warning" if wrong else "information"
            )

    def action_edit(self) -> None:
        if self.entry is not None:
            self.app.edit_file(self.pages.file or self.entry.file)  # type: ignore[attr-defined]
            self.read()

    def action_open_last(self) -> None:
        """The live run of the recipe, else its last one."""
        entry = self.entry
        run = (entry.live or entry.last) if entry is not None else None
        if run is None:
            self.notify("it has not been run here yet")
        else:
            self.app.open_run(run.folder)  # type: ignore[attr-defined]

    def action_history(self) -> None:
        self.app.open_history()  # type: ignore[attr-defined]

    def action_help(self) -> None:
        keys = [(key.shown, key.help) for key in users_keys(BROWSER_KEYS, self.app) if key.help]
        self.app.push_screen(HelpScreen("recipes", keys))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
