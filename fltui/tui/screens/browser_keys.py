"""The keys of the recipe browser: one table for bindings, help and docs."""

from __future__ import annotations

from fltui.tui.screens.keys import Key

BROWSER_KEYS: tuple[Key, ...] = (
    Key("browser.run", "enter", "run('watch')", "run", "run the chosen recipe and watch it"),
    Key("browser.step", "s", "run('step')", "in steps", "run it in step mode: every step waits for you"),
    Key("browser.detached", "D", "run('detached')", "detached", "run it and stay here"),
    Key("browser.left", "left,h", "move(-1, 0)", "", "the task to the left"),
    Key("browser.right", "right,l", "move(1, 0)", "", "the task to the right"),
    Key("browser.up", "up,k", "move(0, -1)", "", "the recipe above"),
    Key("browser.down", "down,j", "move(0, 1)", "", "the recipe below"),
    Key("browser.params", "p", "params", "parameters", "to the parameters; Tab goes on, Esc comes back"),
    Key("browser.reset", "r", "reset", "reset", "all parameters to their defaults"),
    Key("browser.copy", "y", "copy", "copy", "copy the command that does the same"),
    Key("browser.edit", "e", "edit", "edit", "open the recipe in $EDITOR"),
    Key("browser.history", "H", "history", "history", "all runs, live and past"),
    Key("browser.back", "escape", "back", "back", "out of a field; cancels a start"),
    Key("browser.help", "question_mark", "help", "help", "these keys"),
    Key("browser.quit", "q", "quit", "quit", "leave; runs go on"),
)
