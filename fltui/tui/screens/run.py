"""One run on one screen: live or finished, whoever started it."""

from __future__ import annotations

import shlex
import threading
import time
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical

from fltui.facts.site import runs_folder
from fltui.tui.attention import reads_without_step, wants_me
from fltui.tui.awaited import needed, of_a_line, of_a_person
from fltui.tui.evidence import evidence
from fltui.tui.from_threads import teller
from fltui.tui.layout import choose_panes
from fltui.tui.leftovers import clean_run
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.keys import Key
from fltui.tui.screens.log_actions import LogActions
from fltui.tui.screens.run_keys import RUN_KEYS, footer_keys
from fltui.tui.screens.step_actions import StepActions
from fltui.tui.screens.view_actions import ViewActions
from fltui.tui.start_run import as_set
from fltui.tui.widgets.footer import Keys
from fltui.tui.widgets.header import RunHeader
from fltui.tui.widgets.pane import Pane, PaneFacts
from fltui.tui.widgets.side import Machine, Notes, ProcessRows, SideTitle, Steps, done_of
from fltui.tui.widgets.verdict_panel import VerdictPanel

# A look at the panes is cut short after so long; then it rests for times as long as it and its drawing took.
_LOOK_S, _RESTS, _LONGEST_REST_S = 0.005, 4, 0.5
_SIDE = ("accuracy by round", "steps", "machine", "notes", "guide")


class RunScreen(StepActions, LogActions, ViewActions):
    """Panes in the order of roles, a strip beside or below them, the keys that act now."""

    KEYS: ClassVar[tuple[Key, ...]] = RUN_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.key, key.action, key.does, show=False, id=key.id) for key in RUN_KEYS)
    ]

    AUTO_FOCUS = ""  # letters act as keys until somebody says that they want to type

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        super().__init__(folder, read_only)
        self.header = RunHeader()
        self.keys_line = Keys()
        self.steps, self.machine, self.notes, self.rows = Steps(), Machine(), Notes(), ProcessRows()
        self.titles = {name: SideTitle(name) for name in _SIDE}
        self.verdict = VerdictPanel()
        self._placing = False
        self._rests_until, self._turn = 0.0, 0

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
                yield self.titles["guide"]
                yield self.guide
        yield self.verdict
        yield self.search_bar
        yield self.keys_line

    def on_mount(self) -> None:
        self.take_layout()
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.refresh_run())
        self.set_interval(1 / self.frames, self._look)
        self.set_interval(1.0, self._second)
        self.call_after_refresh(self.refresh_run)

    @property
    def frames(self) -> int:
        """How often a second files are looked at and the screen drawn."""
        return int(getattr(self.app, "frames", 10))

    # -- looking ----------------------------------------------------------------------------------

    def _look(self) -> None:
        began = time.monotonic()
        if began < self._rests_until:
            return
        self.call_after_refresh(self._rest, began)
        if self.feed.poll():
            self.refresh_run()
        shown = [pane for pane in self.panes.values() if not pane.has_class("hidden")]
        for _ in shown:
            self._turn += 1
            shown[self._turn % len(shown)].look()
            if time.monotonic() - began > _LOOK_S:
                break  # the others have their turn at the next look

    def _rest(self, began: float) -> None:
        """Looking and drawing take a fifth of the time at most, however busy the machine is: keys come first."""
        drawn = time.monotonic()
        self._rests_until = drawn + min(_RESTS * (drawn - began), _LONGEST_REST_S)

    def _second(self) -> None:
        """Clocks, gauges, the time that a step has waited, what came where nobody looks, the layout."""
        for pane in self.panes.values():
            if pane.has_class("hidden"):
                pane.lines.count_unread()
        if self.feed.look_after():
            self.refresh_run()
        self._show_header()
        self._show_panes()
        self._show_rows()
        self.machine.show(self.snapshot)
        self.keep_layout()

    def refresh_run(self) -> None:
        snapshot = self.snapshot
        self._choose()
        self._arrange()
        self._show_header()
        self._show_panes()
        self._show_curve()
        self.steps.show(snapshot)
        self.machine.show(snapshot)
        self.notes.show(snapshot)
        acts = not self.feed.read_only
        self.verdict.show(snapshot, self.feed.folder, self.letters, acts, self.feed.trouble)
        self._show_guide()
        facts = {"machine": "this run's share", "guide": "G hides", "notes": ""}
        facts["steps"] = done_of(snapshot.all_steps)
        for name, fact in facts.items():
            self.titles[name].show(fact)
        self.show_keys()

    def _show_header(self) -> None:
        self.header.show(self.snapshot, self._note(), self.now, self.feed.trouble)

    def _show_curve(self) -> None:
        self.curve.show(self.snapshot)
        shown = "local and global" if self.curve.locals else "global, our evaluator"
        self.titles["accuracy by round"].show(shown)

    def show_keys(self) -> None:
        self.keys_line.show(self.footer())

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def on_descendant_blur(self) -> None:
        self.show_keys()

    def footer(self) -> list[tuple[str, str]]:
        """(key, word) of the keys that act now."""
        return footer_keys(self)

    def _show_guide(self) -> None:
        """Follows the step that waits in the chosen pane, else its process."""
        step, plan = self.waiting_step, self.feed.process_plan(self.chosen)
        self.guide.show(step.name if step else "", self.chosen, str(plan.get("group", "")))

    def _note(self) -> str:
        if self.feed.read_only:
            return "read-only"
        snapshot = self.snapshot
        return "step mode" if snapshot.step_mode and snapshot.all_steps and self.feed.goes_on else ""

    def _show_panes(self) -> None:
        snapshot = self.snapshot
        asking = {step.process: step for step in snapshot.asking}
        acts = not self.feed.read_only and self.feed.goes_on
        for name, pane in self.panes.items():
            view = snapshot.processes.get(name)
            if view is None:
                continue
            typed, named = self.feed.typed.get(name, []), self.feed.named.get(name, {})
            if pane.lines.landmarks.update(snapshot, typed, pane.lines.log_view, named):
                pane.lines.fill()
            step = asking.get(name)
            checked = evidence(snapshot, step) if step is not None else []
            total = len(snapshot.steps.get(name, ()))
            reads = reads_without_step(snapshot, name)
            pane.lines.show_awaited(needed(snapshot, self.feed.process_plan(name)))
            line = of_a_line(snapshot, name, self.now)
            pane.show(PaneFacts(view, step, total, checked, reads, acts, self.now, line))

    def _show_rows(self) -> None:
        hidden = [n for n in self.names if n not in self.panes or self.panes[n].has_class("hidden")]
        unread = {name: self.panes[name].lines.unread for name in hidden if name in self.panes}
        awaited = {
            name: of_a_person(self.snapshot, name) or needed(self.snapshot, self.feed.process_plan(name))
            for name in hidden
        }
        lines = {name: of_a_line(self.snapshot, name, self.now) for name in hidden}
        self.rows.show(self.snapshot, self.letters, hidden, unread, awaited, lines)

    def _choose(self) -> None:
        """The pane that failed, else the one that waits, comes to the front, unless somebody types."""
        if self.picked or self.typing:
            return
        wants = self.wants_me()
        if wants and self.chosen not in wants:
            self.chosen = wants[0]

    def wants_me(self) -> list[str]:
        """The processes that failed or wait for a person, in the order of panes."""
        return wants_me(self.names, self.snapshot)

    def _arrange(self) -> None:
        """Which processes have a pane in this terminal, and where."""
        size = self.size
        wide = size.width >= 120
        self.set_class(not wide, "narrow")
        self.set_class(size.height < 18, "low")
        self.set_class(self.snapshot.ended, "ended")
        able = [name for name in self.names if name not in self.hidden or name == self.chosen]
        shown = choose_panes(able, self.snapshot, self.chosen, size.width, size.height, self.zoomed)
        grid = self.query_one("#grid", Container)
        for name in shown:
            if name not in self.panes:
                plan, told = self.feed.process_plan(name), self.feed.round_line(name)
                pane = Pane(self.feed.folder, self.letters[name], plan, told)
                self.look_as_kept(pane)
                self.panes[name] = pane
                grid.mount(pane)
                pane.call_after_refresh(pane.look)
        columns = 2 if wide and len(shown) > 2 and size.width >= 150 else 1
        grid.styles.grid_size_columns = columns
        wants = self.wants_me()
        first = self.chosen if self.chosen in wants else shown[0] if shown else ""
        for name, pane in self.panes.items():
            pane.set_class(name not in shown, "hidden")
            pane.set_class(name == self.chosen, "chosen")
            lonely = columns == 2 and (len(shown) % 2 == 1 or first in wants) and name == first
            pane.styles.column_span = 2 if lonely else 1
        rows = "2fr" if first in wants and len(shown) > 1 else "1fr"
        grid.styles.grid_rows = f"{rows}{' 1fr' * ((len(shown) + 1) // columns)}"
        order = [first, *(name for name in self.names if name != first)]
        before = [pane.process_name for pane in grid.query_children(Pane)]
        if before != [name for name in order if name in before]:
            grid.sort_children(key=lambda pane: order.index(getattr(pane, "process_name", "")))
        self._show_rows()

    def on_resize(self) -> None:
        self._place()

    def on_drawn_placed(self) -> None:
        self._place()

    def _place(self) -> None:
        """Draws everything for the sizes that it has now; once, however many have changed."""
        if not self._placing:
            self._placing = True
            self.call_later(self._placed)  # also below a dialog, where no refresh is awaited

    def _placed(self) -> None:
        self._placing = False
        if self in self.app.screen_stack:  # else it was left meanwhile, and its parts are gone
            self.refresh_run()

    # -- panes --------------------------------------------------------------------------------------

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
            lines = {name: of_a_line(self.snapshot, name, self.now) for name in self.names}
            awaited = [f"; {name}: {line}" for name, line in lines.items() if line]
            self.notify(f"nothing waits for you{''.join(awaited)}")

    def on_pane_chosen(self, message: Pane.Chosen) -> None:
        if message.process != self.chosen:
            self.choose(message.process)

    def on_process_rows_clicked(self, message: ProcessRows.Clicked) -> None:
        self.choose(message.process)

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self.refresh_run()

    def action_locals(self) -> None:
        self.curve.locals = not self.curve.locals
        self._show_curve()

    # -- the run ------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        def stop(answer: str | None) -> None:
            if answer == "stop":
                self.ask("stop", by="person", reason="stopped from the terminal app")

        if self.feed.read_only:
            self.notify("this view is read-only")
        elif self.feed.trouble is not None and self.feed.trouble.lost:
            self._clean_up()
        elif self.feed.goes_on:
            question = f"Stop {self.snapshot.recipe}? Every process of it is ended."
            choices = [("s", "stop", "stop"), ("S", "stop", ""), ("escape", "stay", "go on")]
            self.app.push_screen(Ask(question, choices), stop)

    def _clean_up(self) -> None:
        """Nobody is there who could stop it: ends from here what it left, on a thread, and writes its end."""
        app, tell, folder = self.app, teller(self.app), self.feed.folder

        def work() -> None:
            wrong = clean_run(folder)
            tell(app.notify, wrong or "cleaned up; nothing is left of it")

        self.notify("cleaning up …")
        threading.Thread(target=work, daemon=True).start()

    def action_again(self) -> None:
        """Runs the same recipe with the same params, and shows that run. It asks first, and Enter is no
        answer: a word and Enter, typed to a run that has just ended, start none."""
        file, params = self.feed.manifest.get("recipe_file"), self.feed.manifest.get("params")
        if self.feed.read_only:
            self.notify("this view is read-only: it starts no run")
        elif not self.snapshot.ended:
            self.notify("it still runs; S stops it")
        elif file is None or params is None:
            self.notify("this run's folder does not say which recipe file it came from", severity="warning")
        else:
            sets = {name: as_set(value) for name, value in params.items()}

            def decided(answer: str | None) -> None:
                if answer == "run":
                    self.app.run_again(Path(file), sets)  # type: ignore[attr-defined]

            choices = [("y", "run", "run it"), ("escape", "no", "not now")]
            question = f"Run {self.snapshot.recipe} again, with the same params?"
            self.app.push_screen(Ask(question, choices), decided)

    def action_detach(self) -> None:
        self._leave()

    def action_back(self) -> None:
        """Out of what is nearest: a search, a filter, the screen."""
        if self.searched:
            self.end_search()
        elif self.narrowed:
            self.end_filter()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leaving a live run asks; the run goes on unless it is stopped."""
        if self.snapshot.ended or not self.feed.alive or self.feed.read_only:
            self._leave()
            return

        def decided(answer: str | None) -> None:
            if answer == "stop":
                self.ask("stop", by="person", reason="stopped from the terminal app")
            elif answer == "detach":
                self._leave()

        choices = [
            ("d", "detach", "detach: it goes on"),
            ("S", "stop", "stop it"),  # its key on the run screen, where `s` saves lines
            ("escape", "stay", "stay"),
        ]
        self.app.push_screen(Ask(f"{self.snapshot.recipe} is running.", choices), decided)

    def _leave(self) -> None:
        self.keep_layout()
        self.app.leave_run(self, self._how_to_return())  # type: ignore[attr-defined]

    def _how_to_return(self) -> str:
        """For the shell, while the run goes on and somebody may act on it."""
        if self.snapshot.ended or not self.feed.alive or self.feed.read_only:
            return ""
        folder, run = self.feed.folder, self.snapshot.run
        short = run.rpartition("-")[2] if folder.parent == runs_folder() else shlex.quote(str(folder))
        return f"{run} goes on; fltui attach {short}"
