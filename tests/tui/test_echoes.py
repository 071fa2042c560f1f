"""Where the mark of a line that was sent stands: at its echo, wherever the log ended as it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, until, until_shown
from engines import Engines, python

from fltui.record.log_view import LogView
from fltui.record.views import RunSnapshot
from fltui.tui.app import FltuiApp
from fltui.tui.echoes import Sent
from fltui.tui.landmarks import Landmarks


def marked(landmarks: Landmarks, view: LogView) -> list[str]:
    """The lines of the log that carry the mark of a sent line."""
    lines = view.lines(0, 1000)
    return [
        line.text
        for line in lines
        if any(item.kind == "input" for item in landmarks.within(line.offset, line.end))
    ]


@pytest.mark.parametrize(
    ("log", "sent", "lines"),
    [
        # Sent while the answer to the line before had not been read: it stands before the echo.
        ("one\ngot one\ntwo\ngot two\n", [(0, "one"), (4, "two")], ["one", "two"]),
        # Both sent before anything was read.
        ("one\ngot one\ntwo\ngot two\n", [(0, "one"), (0, "two")], ["one", "two"]),
        ("> one\ngot one\n> two\ngot two\n", [(2, "one"), (6, "two")], ["> one", "> two"]),
        ("> one\ngot one\n> one\n", [(2, "one"), (6, "one")], ["> one", "> one"]),
        # Nobody may see what it was, or it was echoed as something else: where the log ended.
        ("Password: \nwelcome\n", [(10, None)], ["Password: "]),
        ("\nwelcome\n", [(0, "hello"), (1, None)], ["", "welcome"]),
    ],
)
def test_the_mark_stands_at_the_echo(
    tmp_path: Path, log: str, sent: list[tuple[int, str | None]], lines: list[str]
) -> None:
    (tmp_path / "one.log").write_text(log)
    view, landmarks = LogView(tmp_path / "one.log"), Landmarks()
    typed = [Sent(offset, 1.0, text) for offset, text in sent]
    assert landmarks.update(RunSnapshot(), typed, view, {})
    assert marked(landmarks, view) == lines


def test_the_mark_goes_to_the_echo_as_soon_as_that_comes(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_text("one\ngot one\n")
    view, landmarks = LogView(log), Landmarks()
    typed = [Sent(0, 1.0, "one"), Sent(4, 1.0, "two")]
    landmarks.update(RunSnapshot(), typed, view, {})
    assert not landmarks.update(RunSnapshot(), typed, view, {}), "nothing has come"
    with log.open("a") as more:
        more.write("two\ngot two\n")
    assert landmarks.update(RunSnapshot(), typed, view, {})
    assert marked(landmarks, view) == ["one", "two"]


async def test_lines_sent_at_once_are_marked_each_at_its_own(engines: Engines) -> None:
    # It answers when it has all: the terminal may mix an answer and the echo of the next line in one line.
    answers = "import sys\nfor line in [sys.stdin.readline() for _ in range(12)]: print('got', line.strip())"
    run = engines.start(python("server", answers))
    words = [f"word-{n}" for n in range(12)]
    async with FltuiApp(run.folder).run_test(size=(100, 50)) as pilot:
        await until(pilot, lambda: screen_of(pilot).pane is not None, "no pane")
        screen = screen_of(pilot)
        for word in words:
            screen.ask("send", process="server", text=word)
        await until_shown(pilot, f"got {words[-1]}")
        lines = screen.panes["server"].lines
        await until(pilot, lambda: marked(lines.landmarks, lines.log_view) == words, "marked elsewhere")
