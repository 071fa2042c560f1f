"""The app where a terminal can do less: no colours, no UTF-8, no mouse, a dumb one, one that is far away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_pilot import until_shown
from fltui_terminal import Terminal
from synthetic_runs import SyntheticRun, held

from fltui.facts.site import config_folder
from fltui.tui.app import FltuiApp

_SGR = re.compile(r"\x1b\[([\d;:]*)m")
_MOUSE = "\x1b[?1000h"
Open = Callable[..., Terminal]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Path]:
    run = SyntheticRun(tmp_path / "20261124-101500-sst2-ibmfl-k3f9")
    folder = run.waiting()
    with held(folder):
        yield folder


@pytest.fixture
def attach(live: Path) -> Iterator[Open]:
    """`attach(words…, NAME=value…)`: the app on a live run whose step waits."""
    opened: list[Terminal] = []

    def start(*words: str, **environ: str) -> Terminal:
        opened.append(Terminal("attach", str(live), *words, **environ))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def colours(output: str) -> set[str]:
    """What sets a colour in the output; bold, dim, italic, underline and reverse are none."""
    styles = {0, 1, 2, 3, 4, 7, 22, 23, 24, 27, 39, 49}  # 39 and 49: the terminal's own
    return {
        match[0]
        for match in _SGR.finditer(output)
        if not set(map(int, re.findall(r"\d+", match[1]))) <= styles
    }


def test_no_color_leaves_no_colour_and_what_waits_is_still_told(attach: Open) -> None:
    terminal = attach(NO_COLOR="1")
    output = terminal.read_until("waits for you")
    assert colours(output) == set()
    assert "\x1b[1m" in output or "\x1b[1;" in output, "bold is left"


def test_with_colours_there_are_some(attach: Open) -> None:
    """The test before it can fail."""
    assert colours(attach().read_until("waits for you"))


def test_the_ansi_theme_names_no_colour_by_its_value(attach: Open) -> None:
    output = attach(FLTUI_THEME="ansi").read_until("waits for you")
    assert [code for code in colours(output) if "38;2" in code or "48;2" in code] == []


@pytest.mark.parametrize("words", [[], ["attach"], ["replay"]], ids=["fltui", "attach", "replay"])
def test_a_dumb_terminal_gets_one_sentence_that_says_what_to_do(words: list[str], live: Path) -> None:
    terminal = Terminal(*words, *([str(live)] if words else []), TERM="dumb")
    assert terminal.exit_code() == 2
    said = terminal.output.strip().splitlines()
    assert len(said) == 1
    assert "needs a terminal that is not dumb" in said[0]
    assert ("fltui --run" if not words else "--headless" if words == ["replay"] else "fltui logs") in said[0]
    assert "\x1b" not in terminal.output


def test_a_locale_without_utf_8_gets_ascii_only(attach: Open) -> None:
    terminal = attach(LC_ALL="C", LANG="C")
    terminal.read_until("STOP")
    terminal.type("g")
    terminal.read_until("who connects")
    terminal.type("q")
    terminal.type("\x10")  # Ctrl-P
    terminal.read_until("Search for commands")
    assert {letter for letter in terminal.output if ord(letter) > 126} <= {"…"}, "of the palette's own hint"


def test_the_mouse_is_taken_and_left_as_the_settings_say(attach: Open) -> None:
    terminal = attach()
    terminal.read_until("waits for you")
    assert _MOUSE in terminal.output
    config_folder().mkdir(parents=True)
    (config_folder() / "config.toml").write_text("mouse = false\n")
    terminal = attach()
    terminal.read_until("waits for you")
    assert _MOUSE not in terminal.output


async def test_over_ssh_it_draws_ten_to_fifteen_times_a_second_and_animates_nothing(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
    app = FltuiApp(live)
    assert 10 <= app.frames <= 15
    async with app.run_test(size=(80, 24)) as pilot:
        await until_shown(pilot, "waits for you")
        assert app.animation_level == "none"
        screen = app.screen
        assert screen.auto_refresh is None
        assert [w for w in screen.walk_children() if w.auto_refresh or w.loading] == [], "something blinks"
