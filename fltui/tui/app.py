"""The app: a table of contents. Which screen is shown, which theme, how often it is drawn."""

from __future__ import annotations

import asyncio
import gc
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import SuspendNotSupported, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.scrollbar import ScrollBarRender

from fltui.facts.verdict import SIGTERM_EXIT_CODE
from fltui.record.manifest import RunFolderError
from fltui.record.runs import RunNotFoundError, find_run
from fltui.tui.all_keys import TOGETHER
from fltui.tui.config import THEMES, Config, read_config
from fltui.tui.from_threads import teller
from fltui.tui.glyphs import has_utf8
from fltui.tui.keys_in_order import KeysInOrder
from fltui.tui.screens.dialog import Dialog
from fltui.tui.screens.keys import users_keys
from fltui.tui.screens.run import RunScreen
from fltui.tui.themes import PALETTES, themes
from fltui.tui.toasts import FewToasts
from fltui.tui.widgets.one_line import OneLine


class FltuiApp(FewToasts, KeysInOrder):
    """`run`: the folder of the run to show; without one the recipe browser opens.

    Raises ConfigError when the user's settings are wrong.
    """

    CSS_PATH = "fltui.tcss"
    ENABLE_COMMAND_PALETTE = True
    TITLE = "fltui"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Wherever the focus is: nobody leaves a live run by accident.
        Binding("ctrl+q", "quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", show=False, priority=True, id="app.interrupt"),
    ]

    def __init__(
        self,
        run: Path | None = None,
        recipes: Path | None = None,
        read_only: bool = False,
        replay: float | None = None,
    ) -> None:
        config = read_config(TOGETHER)
        theme_name = _theme(config)
        super().__init__(ansi_color=theme_name == "fltui-ansi")
        if not has_utf8():  # the ends of a scrollbar are drawn with blocks otherwise
            ScrollBarRender.VERTICAL_BARS = ScrollBarRender.HORIZONTAL_BARS = [" "] * 8
        self.takes_mouse = config.mouse
        self._run = run
        self._recipes = recipes
        self._read_only = read_only
        self._replay = replay
        over_ssh = bool(os.environ.get("SSH_CONNECTION"))
        self.frames = 10 if over_ssh else 20
        self.animation_level = "none"
        for theme in themes():
            self.register_theme(theme)
        self.theme = theme_name
        self.changed_keys = config.keys
        self.parting = ""  # what stays on the shell
        self._starting = ""  # the recipe of a run that is being run again
        self.set_keymap(config.keys)

    def on_mount(self) -> None:
        if self._run is not None:
            self.open_run(self._run)
        else:
            from fltui.tui.screens.browser import BrowserScreen

            self.push_screen(BrowserScreen(self._recipes))

    def on_ready(self) -> None:
        """What is there by now stays. To look through it for garbage takes 90 ms, in which no key is answered."""
        if not self.is_headless:  # else many apps come and go in one process: tests
            gc.freeze()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit, SIGTERM_EXIT_CODE)

    def open_run(self, folder: Path, instead: bool = False) -> None:
        """Shows a run, live or finished; `instead`: in place of the present screen."""
        if self._replay is not None:
            self.open_replay(folder, self._replay)
        else:
            self._show(lambda: RunScreen(folder, self._read_only), instead)

    def open_replay(self, folder: Path, speed: float = 1.0) -> None:
        """Plays a finished run with the clock."""
        from fltui.tui.screens.replay import ReplayScreen

        self._show(lambda: ReplayScreen(folder, speed))

    def _show(self, make: Callable[[], RunScreen], instead: bool = False) -> None:
        """Shows a run's screen, or says why it cannot be read: its folder may have gone a moment ago."""
        from fltui.workshop.replay import NothingToReplay

        try:
            screen = make()
        except (RunFolderError, NothingToReplay, OSError) as error:
            if self.screen is self.screen_stack[0]:  # nothing else was opened
                self.parting = str(error)
                self.exit(1)
            else:
                self.notify(str(error), severity="warning")
            return
        self.switch_screen(screen) if instead else self.push_screen(screen)

    def run_again(self, file: Path, sets: dict[str, str], beside: bool = False) -> None:
        """Starts a recipe and shows the new run: in place of the present screen, or `beside` it. Somebody
        who does something else by then is told its name."""
        from fltui.tui.consent import agreed
        from fltui.tui.start_run import Starting

        if self._starting:
            self.notify(f"{self._starting} is being started already")
            return
        asked, tell, name = self.screen, teller(self), file.parent.name
        self._starting = name
        self.notify(f"starting {name} …")

        def looked(may: bool) -> None:
            if may:
                Starting(file, sets, False, lambda line: None, lambda r, e: tell(started, r, e))
            else:
                self._starting = ""
                says = f"{name} is not started: its recipe is not what you agreed to"
                self.notify(f"{says}; Enter in the browser shows it", severity="warning")

        def started(run: str, error: str) -> None:
            self._starting = ""
            try:
                if error:
                    self.notify(error, severity="error")
                elif self.screen is asked:
                    self.open_run(find_run(run), instead=not beside)
                else:
                    self.notify(f"{run} runs; the history shows it")
            except RunNotFoundError as gone:
                self.notify(str(gone), severity="warning")

        threading.Thread(target=lambda: tell(looked, agreed(file)), daemon=True).start()

    def open_history(self) -> None:
        from fltui.tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen())

    def leave_run(self, screen: Screen[None], says: str = "") -> None:
        """A run screen is left: back to where it was opened from; on the shell `says` stays."""
        if screen is not self.screen:
            return  # it has been left already: the key was queued before that
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.parting = says
            self.exit(0)

    async def action_interrupt(self) -> None:
        """In a field copies what is selected there, else leaves the field as Esc does; elsewhere quits."""
        field = self.focused
        if not isinstance(field, OneLine):
            await self.action_quit()
        elif not field.copies_selection():
            leaves = self.screen.active_bindings.get("escape")
            if leaves is not None:
                await self.run_action(leaves.binding.action, leaves.node)
            else:
                self.screen.set_focus(None)

    async def action_quit(self) -> None:
        """Leaves the present screen as its own key does: a live run asks. A dialog is only closed."""
        leave = getattr(self.screen, "action_leave", None)
        if isinstance(self.screen, Dialog):
            self.screen.end()
        elif isinstance(self.screen, ModalScreen):  # the palette
            self.screen.dismiss()
        elif leave is not None:
            leave()
        else:
            self.exit(0)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what the keys of this screen do, and the themes."""
        for key in users_keys(getattr(screen, "KEYS", ()), self):
            if key.help:
                words = f"{key.does or key.id.partition('.')[2].replace('_', ' ')}  {key.shown}"
                yield SystemCommand(words, key.help, partial(screen.run_action, key.action))
        for name in THEMES:
            yield SystemCommand(f"theme {name}", "the colours of the app", partial(self._take_theme, name))

    def _take_theme(self, name: str) -> None:
        self.ansi_color = name == "ansi"  # else the terminal's own colours are turned into others
        self.theme = f"fltui-{name}"

    def open_file(self, path: Path, line: int | None = None) -> None:
        """Opens a file in $PAGER, else $EDITOR, else less, at a line where the program knows how."""
        words = shlex.split(os.environ.get("PAGER") or os.environ.get("EDITOR") or "less")
        if words and Path(words[0]).name == "less":
            words.append("-R")  # the child's colours, and not their codes
        self.run_outside([*words, *([f"+{line}"] if line and _takes_a_line(words) else []), str(path)])

    def edit_file(self, path: Path) -> None:
        """Opens a file in $VISUAL or $EDITOR, else vi."""
        words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        self.run_outside([*words, str(path)])

    def run_outside(self, command: list[str]) -> None:
        """Gives the terminal to another program; the app waits meanwhile. A Ctrl-C there is that program's."""
        # A handler and not SIG_IGN, which the program would inherit.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with self.suspend():
                subprocess.run(command, check=False)
        except SuspendNotSupported:
            self.notify(f"no other program can be opened from here; from a shell: {shlex.join(command)}")
        except OSError as error:
            self.notify(f"{command[0]} cannot be started: {error.strerror}", severity="warning")
        finally:
            signal.signal(signal.SIGINT, before)


def _takes_a_line(words: list[str]) -> bool:
    return bool(words) and Path(words[0]).name in (
        "less",
        "more",
        "vi",
        "vim",
        "nvim",
        "nano",
        "emacs",
        "micro",
    )


def _theme(config: Config) -> str:
    """The terminal's own colours under NO_COLOR, which takes those away; else FLTUI_THEME, config.toml's, dark."""
    if os.environ.get("NO_COLOR"):
        return "fltui-ansi"
    name = f"fltui-{os.environ.get('FLTUI_THEME') or config.theme or 'dark'}"
    return name if name in PALETTES else "fltui-dark"


def main(
    recipes: Path | None = None,
    run: Path | None = None,
    read_only: bool = False,
    replay: float | None = None,
) -> int:
    """Opens the app on a run, a replay of it, or the recipe browser. Returns the exit code."""
    app = FltuiApp(run, recipes, read_only, replay)
    code = app.run(mouse=app.takes_mouse) or 0
    if app.parting:
        print(app.parting, file=sys.stderr)  # in one piece, so that the command can be copied
    return code
