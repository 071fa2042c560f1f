"""The keys of the run screen: one table for bindings, footer, help and docs. No key has two meanings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fltui.record.split import split_stamp
from fltui.tui.screens.keys import Key, users_keys
from fltui.tui.widgets.input_line import InputLine
from fltui.tui.widgets.search_bar import PURPOSES
from fltui.tui.widgets.step_block import keys_of

if TYPE_CHECKING:
    from fltui.tui.screens.run import RunScreen
    from fltui.tui.screens.run_base import RunBase

PANE_LETTERS = "abchjklpu"


RUN_KEYS: tuple[Key, ...] = (
    Key("run.enter", "enter", "enter", "send", "do the step that waits in this pane, or type a line"),
    Key("run.edit_step", "e", "edit_step", "edit", "edit what a waiting step will send"),
    Key("run.skip_step", "x", "skip_step", "skip", "skip the waiting step"),
    Key("run.auto", "A", "auto", "all", "let the rest of the steps run by themselves"),
    Key("run.step_mode", "M", "step_mode", "step mode", "every automatic step waits for you"),
    Key("run.type", "i", "type", "type", "type to the process of this pane; Esc leaves"),
    Key(
        "run.next_that_waits",
        "n",
        "next_that_waits",
        "next",
        "go to the next pane that failed or waits for you",
    ),
    Key("run.next_pane", "tab", "next_pane(1)", "next pane", "choose the next pane"),
    Key("run.previous_pane", "shift+tab", "next_pane(-1)", "previous pane", "choose the pane before"),
    *(Key(f"run.pane_{letter}", letter, f"pane('{letter}')", "", "") for letter in PANE_LETTERS),
    Key("run.zoom", "z", "zoom", "zoom", "this pane alone, or all again"),
    Key("run.follow", "f", "lines('follow')", "follow", "follow the end of the log"),
    Key("run.up", "up", "lines('up')", "", "a line up; stops following"),
    Key("run.down", "down", "lines('down')", "", "a line down"),
    Key("run.page_up", "pageup", "lines('page_up')", "", "a page up"),
    Key("run.page_down", "pagedown", "lines('page_down')", "", "a page down"),
    Key("run.home", "home", "lines('home')", "", "the first line"),
    Key("run.end", "end", "lines('follow')", "", "the newest line"),
    Key("run.search", "slash", "search", "search", "search in this pane"),
    Key("run.next_match", "full_stop", "next_match(False)", "", "the next match"),
    Key("run.previous_match", "comma", "next_match(True)", "", "the match before"),
    Key("run.filter", "ampersand", "filter", "filter", "show only lines that match"),
    Key("run.level", "exclamation_mark", "level", "level", "only warnings and errors, only errors, all"),
    Key("run.go_to", "colon", "go_to", "go to", "go to a line, a time (in all panes) or a round"),
    Key("run.wrap", "w", "look('wrapped')", "wrap", "wrap long lines, or cut them"),
    Key("run.times", "t", "look('timed')", "times", "show when each line came"),
    Key("run.numbers", "number_sign", "look('numbered')", "", "number the lines"),
    Key("run.raw", "v", "look('raw')", "raw", "the process's own lines, or the recipe's short form"),
    Key("run.guide", "G", "guide", "guide", "the guide beside the run, or as a page where there is no room"),
    Key("run.topology", "g", "topology", "topology", "who connects to whom, and which of them are up"),
    Key("run.split", "D", "split", "split", "who has which data: a bar per class and client, the skew"),
    Key("run.present", "P", "present", "present", "large plot, steps and guide, for those who sit far away"),
    Key("run.hide", "H", "hide", "hide", "make this pane a row; its letter brings it back"),
    Key("run.move_back", "less_than_sign", "move(-1)", "", "this pane one place back"),
    Key("run.move_on", "greater_than_sign", "move(1)", "", "this pane one place on"),
    Key("run.locals", "L", "locals", "local", "show each client's local accuracy too"),
    Key("run.mark", "m", "mark", "mark", "put a mark into the record, with a text or without"),
    Key("run.copy", "y", "copy", "copy", "copy what the mouse selected, else the visible lines"),
    Key("run.save", "s", "save", "save", "save what the mouse selected, else the visible lines"),
    Key("run.open", "o", "open_log", "open", "open the log in $PAGER or $EDITOR"),
    Key("run.detach", "d", "detach", "detach", "leave; the run goes on"),
    Key("run.stop", "S", "stop", "stop run", "stop the run"),
    Key("run.again", "R", "again", "again", "run it again with the same params, when it has ended"),
    Key(
        "run.help", "question_mark", "help", "help", "the reasons of a step that waits here, else these keys"
    ),
    Key("run.back", "escape", "back", "back", "end a search or a filter, else leave"),
    Key("run.leave", "q", "leave", "leave", "leave; a live run asks first"),
)


_OF_A_PERSON = {"Enter", "e", "x", "A", "i", "S", "m", "R", "o"}  # an audience has none of them
_REFUSED = {  # in a read-only view; a pager, too, as long as the run goes on
    *("run.enter", "run.edit_step", "run.skip_step", "run.auto", "run.step_mode", "run.type"),
    *("run.mark", "run.save", "run.stop", "run.again"),
}


def help_keys(screen: RunBase) -> list[tuple[str, str]]:
    """(key, what it does) of every key that does something here."""
    refused = set(_REFUSED) if screen.feed.read_only else set[str]()
    if refused and not screen.snapshot.ended:
        refused.add("run.open")
    keys = [key for key in users_keys(screen.KEYS, screen.app) if key.help and key.id not in refused]
    return [(key.shown, key.help) for key in keys]


def footer_keys(screen: RunScreen) -> list[tuple[str, str]]:
    """What acts now, most important first."""
    if screen.typing:
        return _typing_keys(screen)
    keys = [*kept_keys(screen), *_all_footer_keys(screen)]
    return [key for key in keys if key[0] not in _OF_A_PERSON] if screen.feed.read_only else keys


def kept_keys(screen: RunScreen) -> list[tuple[str, str]]:
    """What acts on a search or a filter that stays after its bar has closed."""
    if not screen.searched:
        return [("Esc", "ends the filter")] if screen.narrowed else []
    matches = [(". ,", "matches")] if screen.has_matches else []
    return [*matches, ("Esc", "ends the search")]


def _typing_keys(screen: RunScreen) -> list[tuple[str, str]]:
    """What acts while letters are text."""
    if screen.search_bar.open:
        return list(PURPOSES[screen.search_bar.purpose].keys)
    line = screen.focused
    if not isinstance(line, InputLine):
        return []
    step = screen.step_that_waits_in(line.process)
    send = ("Enter", "sends")
    if line.edits is not None:
        send = ("Enter", f"sends it instead of {line.edits}")
    elif step is not None and step.kind == "send" and not line.value:
        send = ("Enter", "does the step")
    tab = [("Tab", "completes")] if line.has_commands else []
    return [send, ("Esc", "keys"), *tab, ("Up", "before"), ("Down", "after")]


def _all_footer_keys(screen: RunScreen) -> list[tuple[str, str]]:
    snapshot = screen.snapshot
    split = [("D", "split")] if split_stamp(screen.feed.folder) else []
    if snapshot.ended:
        return [
            ("R", "again"),
            ("/", "search"),
            ("Tab", "pane"),
            ("z", "zoom"),
            ("L", "local"),
            ("g", "topology"),
            *split,
            ("o", "open"),
            ("q", "leave"),
        ]
    if screen.feed.trouble is not None:
        cleans = [("S", "clean up")] if screen.feed.trouble.lost else []
        return [*cleans, ("/", "search"), ("Tab", "pane"), ("z", "zoom"), *split, ("q", "leave")]
    keys: list[tuple[str, str]] = []
    if screen.waiting_step is not None:
        keys += keys_of(screen.waiting_step, "all")
    if screen.wants_me():
        keys.append(("n", "next that waits"))
    keys += [
        ("i", "type"),
        ("d", "detach"),
        ("S", "stop run"),
        ("z", "zoom"),
        ("/", "search"),
        ("f", "follow"),
        ("g", "topology"),
        *split,
    ]
    return [
        *keys,
        ("Tab", "pane"),
        ("t", "times"),
        ("w", "wrap"),
        ("L", "local"),
        ("m", "mark"),
        ("q", "leave"),
    ]
