"""From a recipe to its run: consent, licences, environments, start. Each may ask, each can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from fltui.facts.plan import LaunchPlan
from fltui.record.runs import find_run
from fltui.tui.build_environment import CANCELLED, Building, BuildState, Need
from fltui.tui.catalogue import Entry
from fltui.tui.consent import agree, agreed, came_with_fltui
from fltui.tui.from_threads import teller
from fltui.tui.numbers import room
from fltui.tui.palette import Palette
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.browser_base import BrowserBase
from fltui.tui.start_run import Starting

_MOMENT_S = 0.05


@dataclass(frozen=True)
class Wanted:
    """A run as it was asked for; the form may show something else by the time it begins."""

    entry: Entry
    sets: dict[str, str]
    secrets: dict[str, str]
    how: str  # watch, step or detached


class StartActions(BrowserBase):
    _building: Building | None = None
    _starting: Starting | None = None
    _waits = False  # somebody asked to run what is not resolved yet
    _consents = False  # whether its recipe was agreed to is being looked up
    _leaves = False  # when what is being cancelled has ended, the app does
    _untold: tuple[str, str] | None = None  # a problem that came while somebody did something else

    def action_run(self, how: str) -> None:
        """Runs the chosen recipe: `watch` opens it, `step` in step mode, `detached` stays here."""
        entry, found = self.entry, self.preview
        if entry is None:
            if self.grid.only:
                self.notify(f"no recipe matches {self.grid.only!r}, so none is chosen; Esc shows all")
            return
        if self.busy:
            self.notify(f"a {self.busy} is under way; Esc cancels it")
        elif entry.recipe is None or self.form.errors:
            self.notify(self.form.errors[0] if self.form.errors else entry.error, severity="error")
        elif found is None or not self.foreseen:
            # Its plan is being resolved with what was typed last: a moment, and nothing runs unseen.
            self.look_ahead()
            if not self._waits:
                self._waits = True
                self.set_timer(_MOMENT_S, lambda: self._run_foreseen(entry.name, how))
        elif found.problem:
            self.notify(found.problem, severity="error")
            if found.inputs:
                self.form.begin_at(found.inputs[0])
        else:
            self.set_focus(None)
            if how == "step" and not any(process.steps for process in entry.recipe.processes.values()):
                self.notify("this recipe has no steps: nothing of it waits for you")
            wanted = Wanted(entry, self.form.sets, self.form.secrets, how)
            self._consent(wanted, found.plan)

    def _run_foreseen(self, name: str, how: str) -> None:
        self._waits = False
        if self.is_current and self.entry is not None and self.entry.name == name:
            self.action_run(how)

    def action_build(self) -> None:
        """Builds what the chosen recipe needs and is not there."""
        entry = self.entry
        if self.busy:
            self.notify(f"a {self.busy} is under way; Esc cancels it")
        elif entry is None or entry.recipe is None or self.preview is None:
            return
        elif not self.missing:
            names = ", ".join(entry.environments) or "none"
            self.notify(f"everything that {entry.name} needs is built: {names}")
        else:
            self._licences(self.missing, lambda: self._built(None))

    def action_leave(self) -> None:
        """Leaves the app. A build that is under way ends with it, so that asks."""
        if self.busy != "build":
            self.app.exit(0)
            return

        def decided(answer: str | None) -> None:
            if answer == "cancel" and self.busy == "build":
                self._leaves = True
                self.cancel()
            elif answer == "cancel":
                self.app.exit(0)

        choices = [("c", "cancel", "cancel the build and leave"), ("escape", "stay", "stay")]
        self.app.push_screen(Ask("An environment is being built.", choices), decided)

    def cancel(self) -> None:
        """Ends the build or start that is under way."""
        if self._building is not None:
            self._building.cancel()
            self.bar.show(None, "cancelling the build: what it began is being removed …")
        elif self._starting is not None:
            self._starting.cancel()

    # -- one after the other --------------------------------------------------------------------------

    def _consent(self, wanted: Wanted, plan: LaunchPlan | None) -> None:
        """A recipe that did not come with fltui shows what it executes, once."""
        file, tell = wanted.entry.file, teller(self)

        def looked(may: bool) -> None:
            self._consents = False
            if may:
                self._environments(wanted)
            elif plan is not None and self.is_active:  # else nobody waits for the question any more
                question = f"{wanted.entry.name} did not come with fltui. It executes, as you:"
                executes = _what_it_executes(plan, Palette.of(self.app))
                self.app.push_screen(Ask(question, choices, executes), decided)

        def decided(answer: str | None) -> None:
            if answer == "run":
                read_files(lambda: agree(file))

        def read_files(look: Callable[[], bool]) -> None:
            self._consents = True
            threading.Thread(target=lambda: tell(looked, look()), daemon=True).start()

        choices = [
            ("y", "run", "run it; it is asked again when its files change"),
            ("escape", "no", "not now"),
        ]
        if came_with_fltui(file):
            self._environments(wanted)
        elif not self._consents:
            read_files(lambda: agreed(file))

    def _environments(self, wanted: Wanted) -> None:
        if self.missing:
            self._licences(self.missing, lambda: self._built(wanted))
        else:
            self._start(wanted)

    def _licences(self, missing: Sequence[Need], then: Callable[[], None]) -> None:
        """Asks for the first licence that nobody has accepted, then for the next; then builds."""
        self._accept(list(missing), 0, lambda: self._build(missing, then))

    def _accept(self, missing: list[Need], at: int, then: Callable[[], None]) -> None:
        need = next((n for n in missing[at:] if n.licence), None)
        if need is None:
            then()
            return

        def decided(answer: str | None) -> None:
            if answer == "yes":
                self._accept(missing, missing.index(need) + 1, then)

        palette = Palette.of(self.app)
        body = Text.assemble(
            (f"{need.licence}\n", f"bold {palette['amber']}"),
            ("\nIts licence must be accepted before it is fetched. ", palette["normal"]),
            (f"It takes about {room(round(need.gigabytes * 1e9))}.\n", palette["normal"]),
            ("\nheadless  ", palette["dim"]),
            (" ".join(need.command(accepted=True)), palette["normal"]),
        )
        choices = [("y", "yes", "yes, I may use it under these terms; build it"), ("n", "no", "")]
        question = f"{need.name} asks before it is built"
        self.app.push_screen(Ask(question, [*choices, ("escape", "no", "not now")], body), decided)

    def _build(self, missing: Sequence[Need], then: Callable[[], None]) -> None:
        tell = teller(self)

        def said(state: BuildState) -> None:
            tell(self._show_build, state)

        def done(error: str) -> None:
            tell(self._build_ended, error, then)

        self.busy = "build"
        self.bar.show(None, f"building {', '.join(need.name for need in missing)} …")
        self._building = Building(missing, said, done)
        self.draw_all()

    def _show_build(self, state: BuildState) -> None:
        if self._building is not None and not self._building.cancelled:
            self.bar.show(state)

    def _build_ended(self, error: str, then: Callable[[], None]) -> None:
        self._building, self.busy = None, ""
        self.bar.show(None)
        self._previewed = None
        self.read()
        if self._leaves:
            self.app.exit(0)
        elif error == CANCELLED:
            self.notify(f"the build was {error}")
        elif error:
            self._problem("The environment could not be built", error)
        else:
            then()
        self.draw_all()

    def _built(self, wanted: Wanted | None) -> None:
        if wanted is not None:
            self._start(wanted)
        else:
            self.notify("built; Enter runs the recipe")

    def _start(self, wanted: Wanted) -> None:
        tell = teller(self)

        def said(line: str) -> None:
            tell(self.bar.show, None, line)

        def done(run: str, error: str) -> None:
            tell(self._started, run, error, wanted)

        self.busy = "start"
        self.bar.show(None, f"starting {wanted.entry.name} …")
        step = wanted.how == "step"
        self._starting = Starting(wanted.entry.file, wanted.sets, step, said, done, wanted.secrets)
        self.draw_all()

    def _started(self, run: str, error: str, wanted: Wanted) -> None:
        cancelled = self._starting is not None and self._starting.cancelled
        self._starting, self.busy = None, ""
        self.bar.show(None)
        self.read()
        if error and cancelled:
            self.notify("the start was cancelled")
        elif error:
            self._problem(f"{wanted.entry.name} did not start", error)
        elif wanted.how == "detached" or cancelled or not self._attended:
            self.notify(f"{run} runs; v shows it")
        else:
            self.app.open_run(find_run(run))  # type: ignore[attr-defined]
        self.draw_all()

    @property
    def _attended(self) -> bool:
        """Somebody looks at this screen and types nowhere: nothing is put over what else they do."""
        return self.is_active and self.focused is None

    def _problem(self, what: str, sentence: str) -> None:
        """Stays until it was read: it often says what to type."""
        self._untold = (what, sentence)
        self.tell_problem()
        if self._untold is not None:
            self.notify(f"{what}; the recipe browser says why", severity="warning")

    def tell_problem(self) -> None:
        """Shows the problem that came meanwhile, once somebody looks here."""
        if self._untold is None or not self._attended:
            return
        what, sentence = self._untold
        self._untold = None
        body = Text(sentence, Palette.of(self.app)["normal"])
        choices = [("y", "copy", "copy it"), ("escape", "close", "close")]

        def decided(answer: str | None) -> None:
            if answer == "copy":
                self.app.copy_to_clipboard(sentence)

        self.app.push_screen(Ask(what, choices, body), decided)


def _what_it_executes(plan: LaunchPlan, palette: Palette) -> Text:
    from fltui.plan.describe import command_text

    text = Text()
    for process in plan.processes:
        text.append(f"{process.name}\n", f"bold {palette['bright']}")
        checks = process.ready.checks if process.ready is not None else ()
        steps = [step.argv for step in process.steps]
        for argv in (process.argv, *(check.argv for check in checks), *steps, process.stop.run):
            if argv:
                text.append(f"  $ {command_text(argv)}\n", palette["normal"])
    text.rstrip()
    return text
