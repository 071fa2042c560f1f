"""One run on one screen: live or finished, whoever started it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen

from fltui.record.views import RunSnapshot, StepView
from fltui.tui.feed import RunFeed
from fltui.tui.layout import choose_panes, letters_for
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.run_keys import RUN_KEYS, footer_keys
from fltui.tui.search import Search
from fltui.tui.start_run import as_set
from fltui.tui.widgets.curve import Curve
from fltui.tui.widgets.footer import Keys
from fltui.tui.widgets.header import RunHeader
from fltui.tui.widgets.input_line import InputLine
from fltui.tui.widgets.pane import Pane
from fltui.tui.widgets.search_bar import SearchBar
from fltui.tui.widgets.side import Machine, Notes, ProcessRows, SideTitle, Steps
from fltui.tui.widgets.verdict_panel import VerdictPanel


class RunScreen(Screen[None]):
    """Panes in the order of roles, a strip beside or below them, the keys that act now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in RUN_KEYS)
    ]

    AUTO_FOCUS = ""  # letters act as keys until somebody says that they want to type

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        super().__init__()
        self.feed = RunFeed(folder, read_only)
        self.names: list[str] = [process["name"] for process in self.feed.plan.get("processes", ())]
        self.letters = letters_for(self.names)
        self.panes: dict[str, Pane] = {}
        no_tools = [p["name"] for p in self.feed.plan.get("processes", ()) if p.get("role") != "tool"]
        self.chosen = (no_tools or self.names or [""])[0]
        self.zoomed = False
        self.picked = False  # a person chose the pane: it does not move by itself any more
        self.header = RunHeader()
        self.keys_line = Keys()
        self.curve = Curve()
        self.steps, self.machine, self.notes, self.rows = Steps(), Machine(), Notes(), ProcessRows()
        self.titles = {name: SideTitle(name) for name in ("accuracy by round", "steps", "machine", "notes")}
        self.verdict = VerdictPanel()
        self.search_bar = SearchBar()
        self.search = Search(self)

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Container(id="grid")
                yield self.rows
            with Vertical(id="side"):
                yield self.titles["accuracy by round"]
                yield self.curve
                yield self.titles["steps"]
                yield self.steps
                yield self.titles["machine"]
                yield self.machine
                yield self.titles["notes"]
                yield self.notes
        yield self.verdict
        yield self.search_bar
        yield self.keys_line

    def on_mount(self) -> None:
        self.set_interval(1 / self.frames, self._look)
        self.set_interval(1.0, self._second)
        self.call_after_refresh(self._show)

    @property
    def frames(self) -> int:
        """How often a second files are looked at and the screen drawn."""
        return int(getattr(self.app, "frames", 10))

    @property
    def now(self) -> float:
        """The time that the screen shows, in Unix seconds."""
        return time.time()

    @property
    def snapshot(self) -> RunSnapshot:
        return self.feed.snapshot

    @property
    def pane(self) -> Pane | None:
        return self.panes.get(self.chosen)

    # -- looking ----------------------------------------------------------------------------------

    def _look(self) -> None:
        if self.feed.poll():
            self._show()
        for pane in self.panes.values():
            if not pane.has_class("hidden"):
                pane.look()

    def _second(self) -> None:
        """Clocks, gauges and the time that a step has waited."""
        self.header.show(self.snapshot, self._note(), self.now)
        self._show_panes()
        self.machine.show(self.snapshot)

    def _show(self) -> None:
        snapshot = self.snapshot
        self._choose()
        self._arrange()
        self.header.show(snapshot, self._note(), self.now)
        self._show_panes()
        self.curve.show(snapshot)
        self.steps.show(snapshot)
        self.machine.show(snapshot)
        self.notes.show(snapshot)
        self.verdict.show(snapshot, self.feed.folder)
        done = sum(step.over for step in snapshot.all_steps)
        accuracy = "local and global" if self.curve.locals else "global, our evaluator"
        facts = {"accuracy by round": accuracy, "machine": "this run's share"}
        facts["steps"] = f"{done} of {len(snapshot.all_steps)} done" if snapshot.all_steps else ""
        for name, title in self.titles.items():
            title.show(facts.get(name, ""))
        self.keys_line.show(footer_keys(self))

    def _note(self) -> str:
        return "read-only" if self.feed.read_only else "step mode" if self.feed.plan.get("step_mode") else ""

    def _show_panes(self) -> None:
        asking = {step.process: step for step in self.snapshot.asking}
        for name, pane in self.panes.items():
            view = self.snapshot.processes.get(name)
            if view is not None:
                steps = self.snapshot.steps.get(name, ())
                pane.show(view, asking.get(name), len(steps))

    def _choose(self) -> None:
        """The pane that failed, else the one that waits, comes to the front, unless somebody types."""
        if self.picked or self.typing:
            return
        wants = self.wants_me()
        if wants and self.chosen not in wants:
            self.chosen = wants[0]

    def wants_me(self) -> list[str]:
        """The processes that failed or wait for a person, in the order of panes."""
        waiting = {step.process for step in self.snapshot.asking}
        states = self.snapshot.processes
        return [n for n in self.names if n in waiting or (n in states and states[n].state == "failed")]

    def _arrange(self) -> None:
        """Which processes have a pane in this terminal, and where."""
        size = self.size
        wide = size.width >= 120
        self.set_class(not wide, "narrow")
        self.set_class(size.height < 18, "low")
        self.set_class(self.snapshot.ended, "ended")
        shown = choose_panes(self.names, self.snapshot, self.chosen, size.width, size.height, self.zoomed)
        grid = self.query_one("#grid", Container)
        for name in shown:
            if name not in self.panes:
                pane = Pane(self.feed.folder, self.letters[name], self.feed.process_plan(name))
                self.panes[name] = pane
                grid.mount(pane)
                pane.call_after_refresh(pane.look)
        columns = 2 if wide and len(shown) > 2 and size.width >= 150 else 1
        grid.styles.grid_size_columns = columns
        first = self.chosen if self.chosen in self.wants_me() else shown[0] if shown else ""
        for name, pane in self.panes.items():
            pane.set_class(name not in shown, "hidden")
            pane.set_class(name == self.chosen, "chosen")
            lonely = columns == 2 and len(shown) % 2 == 1 and name == first
            pane.styles.column_span = 2 if lonely else 1
        if first in self.panes and first != (shown[0] if shown else ""):
            grid.move_child(self.panes[first], before=0)
        self.rows.show(self.snapshot, self.letters, [name for name in self.names if name not in shown])

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    # -- what a person does -------------------------------------------------------------------------

    @property
    def typing(self) -> bool:
        return isinstance(self.focused, InputLine) or self.search_bar.open

    def choose(self, name: str) -> None:
        self.chosen, self.picked = name, True
        self._show()

    def action_pane(self, letter: str) -> None:
        name = next((n for n, known in self.letters.items() if known == letter), None)
        if name is not None:
            self.choose(name)

    def action_next_pane(self, step: int) -> None:
        if self.names:
            self.choose(self.names[(self.names.index(self.chosen) + step) % len(self.names)])

    def action_next_that_waits(self) -> None:
        wants = self.wants_me()
        if wants:
            after = [n for n in wants if self.names.index(n) > self.names.index(self.chosen)]
            self.choose((after or wants)[0])
            self.picked = False
        else:
            self.notify("nothing waits for you")

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._show()

    def action_lines(self, method: str) -> None:
        """A movement of the chosen pane's lines, or a toggle of how they look."""
        if self.pane is not None:
            page = max(1, self.pane.lines.size.height - 1)
            moves: dict[str, tuple[Any, ...]] = {"page_up": ("up", page), "page_down": ("down", page)}
            name, *rest = moves.get(method, (method,))
            getattr(self.pane.lines, name)(*rest)
            self.pane.draw_title()

    def action_locals(self) -> None:
        self.curve.locals = not self.curve.locals
        self._show()

    def action_type(self) -> None:
        if self.pane is None or self.feed.read_only:
            self.notify("this view is read-only" if self.feed.read_only else "no pane is chosen")
            return
        self.pane.input_line.begin()

    def action_enter(self) -> None:
        """Does the step that waits in the chosen pane, else begins to type."""
        step = self._waiting_step()
        if step is None or step.kind == "ask":
            self.action_type()
        else:
            self._ask("confirm", process=step.process, step=step.name)

    def action_edit_step(self) -> None:
        step = self._waiting_step()
        if step is not None and self.pane is not None:
            self.pane.input_line.begin(step.text or "")

    def action_skip_step(self) -> None:
        step = self._waiting_step()
        if step is not None:
            self._ask("skip", process=step.process, step=step.name)

    def action_auto(self) -> None:
        self._ask("auto")

    def action_step_mode(self) -> None:
        self._ask("step_mode", on=True)
        self.notify("from now on every step waits for you; A lets them run by themselves again")

    def action_mark(self) -> None:
        self._ask("mark", text=f"mark at {self.chosen}")

    def action_copy(self) -> None:
        if self.pane is not None:
            self.app.copy_to_clipboard(self.pane.lines.visible_text)
            self.notify("the visible lines are on the clipboard")

    def action_open_log(self) -> None:
        if self.pane is not None:
            self.app.open_file(self.pane.lines.log_view.path)  # type: ignore[attr-defined]

    def action_search(self) -> None:
        self.search_bar.begin()

    def action_next_match(self, backwards: bool) -> None:
        self.search.next(backwards)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen("one run", [(key.shown, key.help) for key in RUN_KEYS if key.help]))

    def action_stop(self) -> None:
        def stop(answer: str | None) -> None:
            if answer == "stop":
                self._ask("stop", by="person", reason="stopped from the terminal app")

        if not self.snapshot.ended:
            question = f"Stop {self.snapshot.recipe}? Every process of it is ended."
            self.app.push_screen(Ask(question, [("s", "stop", "stop"), ("escape", "stay", "go on")]), stop)

    def action_again(self) -> None:
        """Runs the same recipe with the same params, and shows that run."""
        file, params = self.feed.manifest.get("recipe_file"), self.feed.manifest.get("params")
        if not self.snapshot.ended:
            self.notify("it still runs; S stops it")
        elif file is None or params is None:
            self.notify("this run's folder does not say which recipe file it came from", severity="warning")
        else:
            self.app.run_again(Path(file), {name: as_set(value) for name, value in params.items()})  # type: ignore[attr-defined]

    def action_detach(self) -> None:
        self._leave()

    def action_leave(self) -> None:
        """Leaving a live run asks; the run goes on unless it is stopped."""
        if self.snapshot.ended or not self.feed.alive or self.feed.read_only:
            self._leave()
            return

        def decided(answer: str | None) -> None:
            if answer == "stop":
                self._ask("stop", by="person", reason="stopped from the terminal app")
            elif answer == "detach":
                self._leave()

        choices = [
            ("d", "detach", "detach: it goes on"),
            ("s", "stop", "stop it"),
            ("escape", "stay", "stay"),
        ]
        self.app.push_screen(Ask(f"{self.snapshot.recipe} is running.", choices), decided)

    def _leave(self) -> None:
        self.app.leave_run(self)  # type: ignore[attr-defined]

    def _waiting_step(self) -> StepView | None:
        return next((step for step in self.snapshot.asking if step.process == self.chosen), None)

    def _ask(self, do: str, **fields: Any) -> None:
        problem = self.feed.ask(do, **fields)
        if problem:
            self.notify(problem, severity="warning")

    # -- messages -------------------------------------------------------------------------------------

    def on_input_line_typed(self, message: InputLine.Typed) -> None:
        pane = self.pane
        if pane is None:
            return
        step = self._waiting_step()
        if step is not None:
            do = "answer" if step.kind == "ask" else "confirm"
            self._ask(do, process=step.process, step=step.name, text=message.text)
        else:
            self._ask("send", process=pane.process_name, text=message.text)

    def on_input_line_left(self) -> None:
        self.set_focus(None)
        self._show_panes()

    def on_search_bar_changed_to(self, message: SearchBar.ChangedTo) -> None:
        self.search.start(message.text)

    def on_search_bar_closed(self, message: SearchBar.Closed) -> None:
        self.set_focus(None)
        if message.cleared:
            self.search.clear()
