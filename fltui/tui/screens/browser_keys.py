"""The keys of the recipe browser: one table for bindings, help and docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fltui.tui.screens.keys import Key

if TYPE_CHECKING:
    from fltui.tui.screens.browser import BrowserScreen

BROWSER_KEYS: tuple[Key, ...] = (
    Key("browser.run", "enter", "run('watch')", "run", "run the chosen recipe and watch it"),
    Key("browser.step", "s", "run('step')", "in steps", "run it in step mode: every step waits for you"),
    Key("browser.detached", "D", "run('detached')", "detached", "run it and stay here"),
    Key("browser.left", "left,h", "move(-1, 0)", "", "the task to the left"),
    Key("browser.right", "right,l", "move(1, 0)", "", "the task to the right"),
    Key("browser.up", "up,k", "move(0, -1)", "", "the recipe above"),
    Key("browser.down", "down,j", "move(0, 1)", "", "the recipe below"),
    Key("browser.filter", "slash", "filter", "filter", "show only recipes with these words"),
    Key(
        "browser.params",
        "p",
        "params",
        "parameters",
        "to the parameters; Tab goes on, Enter and Esc come back",
    ),
    Key("browser.reset", "r", "reset", "reset", "all parameters to their defaults"),
    Key("browser.build", "b", "build", "build", "build the environments that the recipe needs"),
    Key("browser.copy", "y", "copy", "copy", "copy the command that does the same"),
    Key("browser.edit", "e", "edit", "edit", "open the recipe, or the file chosen on page 3, in $EDITOR"),
    Key("browser.guide", "1", "page('guide')", "guide", "the guide of the recipe"),
    Key("browser.plan", "2", "page('plan')", "plan", "what would be run, with the parameters as they are"),
    Key("browser.files", "3", "page('files')", "files", "the files of the recipe"),
    Key("browser.last", "4", "page('last run')", "last run", "how it went the last time"),
    Key("browser.page_up", "pageup", "scroll(-1)", "", "the page beside the grid, upwards"),
    Key("browser.page_down", "pagedown,space", "scroll(1)", "", "the page beside the grid, downwards"),
    Key("browser.file_before", "comma", "file(-1)", "", "the file before, on page 3"),
    Key("browser.file_after", "full_stop", "file(1)", "", "the file after, on page 3"),
    Key("browser.open", "v", "open_last", "view run", "open its live run, else its last one"),
    Key("browser.history", "H", "history", "history", "all runs, live and past"),
    Key("browser.back", "escape", "back", "back", "out of a field or page; cancels a build or a start"),
    Key("browser.help", "question_mark", "help", "help", "these keys"),
    Key("browser.quit", "q", "leave", "quit", "leave; runs go on"),
)


def footer_keys(screen: BrowserScreen) -> list[tuple[str, str]]:
    """What acts now, most important first."""
    entry, form = screen.entry, screen.form
    if screen.filter_bar.typing:
        return [("Enter", "keeps it"), ("Esc", "all recipes")]
    if form.typing:
        return [("Enter", "done"), ("Tab", "next field"), ("Up Down", "choices"), ("Esc", "back")]
    keys: list[tuple[str, str]] = []
    if screen.has_class("paging"):  # Esc comes back first, whatever is under way
        keys.append(("Esc", "back"))
    elif screen.busy:
        keys.append(("Esc", f"cancel the {screen.busy}"))
    if entry is None:
        return [*keys, ("/", "filter"), ("H", "history"), ("q", "quit")]
    if entry.recipe is None:
        return [*keys, ("e", "edit it"), ("arrows", "move"), ("H", "history"), ("q", "quit")]
    if form.errors:
        keys.append(("Enter", f"cannot run, {form.errors[0]}"))
        return [*keys, ("p", "parameters"), ("r", "reset"), ("q", "quit")]
    if not screen.busy:
        keys += [("Enter", "run"), ("s", "in steps"), ("D", "detached")]
        if screen.missing:
            keys.append(("b", "build"))
    keys += [("p", "parameters"), ("1-4", "pages")] if screen.has_class("narrow") else [("p", "parameters")]
    if entry.live is not None:
        keys.append(("v", "view run"))
    keys += [("y", "copy"), ("e", "edit"), ("H", "history"), ("/", "filter")]
    if entry.last is not None and entry.live is None:
        keys.append(("v", "last run"))
    if not screen.has_class("narrow"):
        keys.append(("1-4", "pages"))
    return [*keys, ("q", "quit")]
