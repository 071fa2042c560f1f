"""Talking to processes: steps that wait, lines that a person types."""

from __future__ import annotations

import threading
from typing import Any

from rich.text import Text

from fltui.record.views import StepView
from fltui.tui.evidence import evidence
from fltui.tui.from_threads import teller
from fltui.tui.screens.ask import Ask
from fltui.tui.screens.help import HelpScreen
from fltui.tui.screens.keys import users_keys
from fltui.tui.screens.reasons import Reasons
from fltui.tui.screens.run_base import RunBase
from fltui.tui.screens.run_keys import RUN_KEYS, help_keys
from fltui.tui.widgets.input_line import InputLine

_LEAST_SECRET = 4  # shorter ones are not masked: to overwrite every "y" would spoil the log
_ECHO_S = 0.25


class StepActions(RunBase):
    _asks_for_echo = False  # on a thread; one at a time

    def on_mount(self) -> None:
        self.set_interval(_ECHO_S, self._look_at_echo)

    def action_type(self) -> None:
        if self.feed.read_only:
            self.notify("this view is read-only")
        elif self.snapshot.ended:
            self.notify("the run has ended; nobody reads what is typed")
        elif self.pane is not None:
            self._begin("")

    def action_enter(self) -> None:
        """Does the step that waits in the chosen pane; where none is to come any more, begins to type."""
        step = self.waiting_step
        if step is None and self._steps_to_come() and self.feed.goes_on and not self.feed.read_only:
            # A second Enter after a step would turn the next keys into lines for the process.
            types = next(key.shown for key in users_keys(RUN_KEYS, self.app) if key.id == "run.type")
            self.notify(f"no step of {self.chosen} waits for you yet; {types} types a line")
            return
        if step is None or step.kind == "ask":
            self.action_type()
        else:
            self._do(step)

    def _do(self, step: StepView) -> None:
        """Does a step that waits; asks again where something speaks against it."""
        against = [fact for fact in evidence(self.snapshot, step) if fact.holds is False]
        name = step.name

        def decided(answer: str | None) -> None:
            if answer == "send":
                self.ask("confirm", process=step.process, step=name)

        if against and not self.feed.read_only:
            facts = "; ".join(f"{fact.words} {fact.detail}".strip() for fact in against)
            choices = [("enter", "send", "do it all the same"), ("escape", "no", "not yet")]
            self.app.push_screen(Ask(f"{name}: {facts}.", choices), decided)
        else:
            decided("send")

    def _steps_to_come(self) -> bool:
        return any(not step.over for step in self.snapshot.steps.get(self.chosen, ()))

    def _is_over(self) -> bool:
        """Says so when the run has ended: none of its steps will be done."""
        if self.snapshot.ended:
            self.notify("the run has ended; none of its steps waits")
        return self.snapshot.ended

    def action_edit_step(self) -> None:
        step = self.waiting_step
        if self._is_over():
            return
        if step is None:
            self.notify("no step waits in this pane")
        elif self.feed.read_only:
            self.notify("this view is read-only")
        elif step.kind == "ask":
            self.action_type()
        elif step.kind == "send" and self.pane is not None:
            self._begin(step.text or "", edits=step.name)
        else:
            self.notify(f"{step.name} types nothing that could be edited")

    def action_skip_step(self) -> None:
        step = self.waiting_step
        if self._is_over():
            return
        if step is not None:
            self.ask("skip", process=step.process, step=step.name)
        else:
            self.notify("no step waits in this pane")

    def action_auto(self) -> None:
        if not self._is_over() and self.ask("auto"):
            self.notify("the rest of the steps run by themselves; M lets each wait again")

    def action_step_mode(self) -> None:
        if self._is_over():
            return
        if not self.snapshot.all_steps:
            self.notify("this recipe has no steps: nothing of it waits for you")
        elif self.ask("step_mode", on=True):
            self.notify("from now on every step waits for you; A lets them run by themselves again")

    def action_mark(self) -> None:
        """Asks for a text first; who has none presses Enter."""
        if self.feed.read_only:
            self.notify("this view is read-only")
        elif self.snapshot.ended:
            self.notify("the run has ended; its record is closed")
        else:
            self.search_bar.begin("mark")

    def mark(self, text: str) -> None:
        if self.ask("mark", text=text or f"at {self.chosen}"):
            self.notify("marked")

    def action_help(self) -> None:
        """The reasons of a step that waits in the chosen pane, else the keys."""
        step = self.waiting_step
        if step is None:
            self._show_keys()
            return

        def chosen(answer: str | None) -> None:
            if answer == "keys":
                self._show_keys()
            elif answer is not None:
                getattr(self, f"action_{answer}")()

        self.app.push_screen(Reasons(self.snapshot, step, not self.feed.read_only), chosen)

    def _show_keys(self) -> None:
        self.app.push_screen(HelpScreen(self.KEYS_OF, help_keys(self)))

    # -- typing ---------------------------------------------------------------------------------------

    def _begin(self, text: str, edits: str | None = None) -> None:
        pane = self.pane
        if pane is not None:
            pane.input_row.remove_class("hidden")
            pane.input_line.begin(text, edits)
            self.refresh_run()

    def on_input_line_begun(self) -> None:
        self._look_at_echo()
        self.refresh_run()

    def on_input_line_filled(self) -> None:
        self.show_keys()

    def _look_at_echo(self) -> None:
        """Hides what is typed while the process that gets it has its echo off."""
        line = self.focused
        if not isinstance(line, InputLine) or self._asks_for_echo:
            return
        if not self.feed.goes_on:
            if not line.value:  # else the next letters of somebody who types would act as keys
                line.action_leave()
            return
        tell, feed = teller(self), self.feed

        def answered(hidden: bool | None) -> None:
            self._asks_for_echo = False
            if hidden is not None and line.has_focus and hidden != line.password:
                line.hide(hidden)
                self.refresh_run()

        self._asks_for_echo = True
        threading.Thread(target=lambda: tell(answered, feed.hides_input(line.process)), daemon=True).start()

    def on_input_line_typed(self, message: InputLine.Typed) -> None:
        """A line was typed: the answer to a question, another text for a step, or just a line.

        It is for the process of its pane, whichever pane is chosen by now. A line that says what the
        waiting step would send does that step; the supervisor sees to it. An empty line, in which that text
        is shown, does the step, too.
        """
        process, text = message.process, message.text
        step = self.step_that_waits_in(process)
        if not self.feed.goes_on:
            self.notify("the run has ended; nobody reads what is typed")
            return
        if message.edits is not None:
            self.ask("confirm", process=process, step=message.edits, text=text)
        elif step is not None and step.kind == "send" and not text and not message.pasted:
            self._do(step)
        elif step is not None and step.kind == "ask":
            self.ask("answer", process=step.process, step=step.name, text=text)
        else:
            secret: dict[str, Any] = {"secret": True} if message.hidden and len(text) >= _LEAST_SECRET else {}
            self.ask("send", process=process, text=text, **secret)
        self.panes[process].lines.follow()

    def on_input_line_pasted(self, message: InputLine.Pasted) -> None:
        """Several lines are sent one by one, but not before somebody said so."""
        process, lines = message.process, message.lines
        step = self.step_that_waits_in(process)
        if step is not None and step.kind == "ask":
            self.notify(f"{len(lines)} lines were pasted, and {step.name} asks for one: none was sent")
            return

        def decided(answer: str | None) -> None:
            if answer == "send":
                self.panes[process].input_line.send_lines(lines)

        shown = "hidden: the process turned its echo off" if message.hidden else "\n".join(lines)
        choices = [("enter", "send", "send them one by one"), ("escape", "no", "send none of them")]
        question = f"{len(lines)} lines were pasted for {process}."
        self.app.push_screen(Ask(question, choices, Text(shown)), decided)

    def on_input_line_left(self) -> None:
        self.set_focus(None)
        self.refresh_run()
