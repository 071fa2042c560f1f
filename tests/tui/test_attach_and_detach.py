"""The app in a real terminal that is killed: the run goes on, and whoever attaches misses nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dialogue_runs import RECIPE, STEPS, DialogueRun
from engines import wait_until
from fltui_command import COMMAND
from fltui_terminal import Terminal
from synthetic_runs import SyntheticRun
from tmux import Tmux, tmux_or_skip

Start = Callable[..., DialogueRun]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    with tmux_or_skip(tmp_path) as server:
        yield server


def site() -> dict[str, str]:
    """The folders of this test, for a program that a terminal starts."""
    return {name: os.environ[name] for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}


def attach(tmux: Tmux, session: str, run: DialogueRun, *words: str) -> None:
    tmux.open(session, [*COMMAND, "attach", str(run.folder), *words], **site())


def wait_for_round(run: DialogueRun, number: int) -> None:
    def begun() -> bool:
        return any(e["data"] == {"round": number, "phase": "started"} for e in run.of_kind("round"))

    wait_until(begun, 30, f"round {number}")


def test_a_killed_terminal_leaves_the_run_alone_and_attach_misses_nothing(
    tmux: Tmux, dialogue: Start
) -> None:
    run = dialogue(rounds=3, pause="1s")
    attach(tmux, "first", run)
    for name in STEPS[:2]:
        tmux.until("first", f"send  {name}")
        tmux.press("first", "Enter")
    wait_for_round(run, 2)
    tmux.until("first", "[ROUND 2]")
    tmux("kill-session", "-t", "first")
    assert tmux.sessions() == []
    assert run.alive
    wait_until(
        lambda: run.of_kind("round")[-1]["data"] == {"round": 3, "phase": "done"}, 30, "the last round"
    )
    attach(tmux, "second", run)
    tmux.until("second", "send  SAVE")
    shown = tmux.until("second", "Finished Global Training")
    for words in ("round 3/3", "acc", ".900", "clients 3/3"):
        assert words in shown
    tmux.press("second", "Home")
    wait_until(lambda: "Aggregator initialization" in tmux.screen("second"), 20, "the beginning of the log")
    assert "[ROUND 1]" in tmux.screen("second")
    tmux.press("second", "A")
    tmux.until("second", "3 of 3 rounds")
    assert run.end()["verdict"] == "ok"
    log = (run.folder / "logs" / "aggregator.log").read_text()
    assert [f"[ROUND {n}]" in log for n in (1, 2, 3)] == [True] * 3


def test_two_viewers_see_the_same_and_the_audience_cannot_send(tmux: Tmux, dialogue: Start) -> None:
    run = dialogue()
    attach(tmux, "speaker", run)
    attach(tmux, "audience", run, "--read-only")
    tmux.until("speaker", "send  START")
    assert "read-only" in tmux.until("audience", "send  START")
    tmux.press("audience", "Enter", "A", "x", "i", "S", "s", "m")
    tmux.press("speaker", "?")
    tmux.until("speaker", "Type START into aggregator?")  # the keys before it have been handled
    assert run.inputs == []
    assert run.of_kind("stop") == []
    tmux.press("speaker", "Enter")
    for session in ("speaker", "audience"):
        tmux.until(session, "send  TRAIN")
    tmux.press("speaker", "A")
    for session in ("speaker", "audience"):
        tmux.until(session, "2 of 2 rounds, accuracy 0.867")
    assert run.end()["verdict"] == "ok"


def test_d_tells_the_shell_how_to_come_back(tmux: Tmux, dialogue: Start) -> None:
    run = dialogue()
    words = " ".join([*COMMAND, "attach", str(run.folder)])
    tmux.open("left", ["sh", "-c", f"{words}; exec cat"], **site())
    tmux.until("left", "send  START")
    tmux.press("left", "d")
    tmux.until("left", "goes on; fltui attach ")
    assert run.alive


def test_the_same_commands_start_run_and_read_it_in_a_terminal(tmux: Tmux, tmp_path: Path) -> None:
    """From the shell: a detached run in step mode, then the app on the newest live run."""
    folder = tmp_path / "shell"
    words = ["--run", str(RECIPE), "--detach", "--attended", "--step", "--run-dir", str(folder)]
    tmux.open(
        "shell", ["sh", "-c", f"{' '.join([*COMMAND, *words])} && exec {' '.join(COMMAND)} attach"], **site()
    )
    run = DialogueRun(folder)
    try:
        assert "step mode" in tmux.until("shell", "send  START")
        for name in STEPS:
            tmux.until("shell", f"send  {name}")
            tmux.press("shell", "Enter")
        tmux.until("shell", "2 of 2 rounds")
        assert run.end()["verdict"] == "ok"
    finally:
        if folder.exists():
            run.close()


def test_hanging_up_ends_the_app_and_not_the_run(dialogue: Start) -> None:
    run = dialogue()
    terminal = Terminal("attach", str(run.folder))
    terminal.read_until("START")
    terminal.close()
    assert run.alive
    assert run.ask("status")["state"] == "waiting"


def test_an_app_that_is_terminated_gives_the_terminal_back(dialogue: Start) -> None:
    run = dialogue()
    terminal = Terminal("attach", str(run.folder))
    terminal.read_until("START")
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 143
    for on, off in (
        ("\x1b[?1049h", "\x1b[?1049l"),
        ("\x1b[?1000h", "\x1b[?1000l"),
        ("\x1b[?25l", "\x1b[?25h"),
    ):
        assert terminal.output.rindex(on) < terminal.output.rindex(off)
    assert run.alive


def test_without_utf_8_all_glyphs_are_ascii(dialogue: Start) -> None:
    run = dialogue()
    terminal = Terminal("attach", str(run.folder), LC_ALL="C", LANG="C")
    terminal.read_until("START")
    terminal.type("?")
    terminal.read_until("Type START into aggregator?")
    terminal.type("q")
    terminal.read_until("types")  # the input line, which the dialog hid
    terminal.type("A")
    terminal.read_until("accuracy 0.867")
    terminal.close()
    assert {letter for letter in terminal.output if ord(letter) > 126} == set()


def test_ctrl_c_in_the_pager_is_the_pagers_and_the_app_goes_on(tmux: Tmux, tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").whole()
    pager = tmp_path / "pager"
    pager.write_text(
        "#!/bin/sh\ntrap 'echo interrupted' INT\necho the pager is here\nwhile ! read -r line; do :; done\n"
    )
    pager.chmod(0o700)
    tmux.open("first", [*COMMAND, "attach", str(folder)], PAGER=str(pager), **site())
    tmux.until("first", "R again")
    for _ in range(2):  # what Ctrl-C does in the app is as before in between
        tmux.press("first", "o")
        tmux.until("first", "the pager is here")
        tmux.press("first", "C-c")
        tmux.until("first", "interrupted")
        tmux.press("first", "Enter")
        tmux.until("first", "R again")
    tmux.press("first", "C-c")
    wait_until(lambda: tmux.sessions() == [], 20, "the app's end by Ctrl-C")
