"""Where a round begins in a log that says itself to which round its lines belong."""

from __future__ import annotations

import json
from pathlib import Path

from app_pilot import screen_of, text_of, until, until_shown
from synthetic_runs import SyntheticRun, held

from fltui.facts.records import Metric
from fltui.tui.app import FltuiApp


def metric(number: int, scope: str) -> str:
    return json.dumps({"metric": {"round": number, "scope": scope, "accuracy": 0.5}})


class Late(SyntheticRun):
    """Its evaluator scores round r, and party-1 says what it reached, after round r + 1 has begun; party-2
    says nothing of rounds."""

    def _manifest(self):  # type: ignore[no-untyped-def]
        manifest = dict(super()._manifest())
        for process in manifest["plan"]["processes"]:
            if process["name"] in ("evaluate", "party-1"):
                process["metrics"] = [{"kind": "json", "scope": "client", "line": None, "path": None}]
        return manifest

    def starts(self, number: int) -> None:
        self.clock.t += 1
        self.writer.event("round", round=number, phase="started")
        self.clock.t += 0.01

    def tells(self, number: int) -> None:
        for name, scope in (("evaluate", "global"), ("party-1", "client")):
            self.say(name, f"scoring {number}", metric(number, scope))
            self.writer.metric(Metric(self.clock() + 0.02, number, name, scope, "accuracy", 0.5))
        self.clock.t += 0.3

    def late(self, rounds: int = 3) -> Path:
        self.begin()
        self.starts(1)
        for number in range(1, rounds + 1):
            self.say("party-1", f"training {number}")
            self.say("party-2", f"works {number}")
            self.clock.t += 1
            if number < rounds:
                self.starts(number + 1)
            self.tells(number)
        return self.folder


def order(text: str, *words: str) -> list[str]:
    """Which of `words` the lines of the left column have, from top to bottom."""
    lines = [line[:74] for line in text.splitlines()]
    return [word for line in lines for word in words if word in line]


async def test_a_divider_stands_before_the_first_line_of_its_round_by_the_log_itself(tmp_path: Path) -> None:
    folder = Late(tmp_path / "run").late()
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 50)) as pilot:
            for letter in ("j", "b"):
                await pilot.press(letter, "z")
                await until_shown(pilot, '"round": 3')
                words = ("── round 1", '"round": 1', "── round 2", '"round": 2', "── round 3", '"round": 3')
                await until(
                    pilot,
                    lambda words=words: order(text_of(pilot), *words) == list(words),  # type: ignore[misc]
                    f"another order in the pane {letter}",
                )
                await pilot.press("z")


async def test_a_log_that_says_nothing_of_rounds_is_divided_by_time(tmp_path: Path) -> None:
    folder = Late(tmp_path / "run").late()
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 50)) as pilot:
            await pilot.press("c", "z")
            words = ("── round 1", "works 1", "── round 2", "works 2", "── round 3", "works 3")
            await until(pilot, lambda: order(text_of(pilot), *words) == list(words), "another order")


async def test_a_divider_gives_way_to_a_line_of_the_round_before_that_comes_later(tmp_path: Path) -> None:
    run = Late(tmp_path / "run")
    folder = run.late(2)
    words = ("── round 2", '"round": 2', "── round 3")
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 50)) as pilot:
            await pilot.press("j", "z")
            await until_shown(pilot, '"round": 2')
            run.starts(3)
            await until(pilot, lambda: order(text_of(pilot), *words) == list(words), "no round 3")
            run.say("evaluate", metric(2, "global") + " again")
            run.writer.metric(Metric(run.clock() + 0.02, 2, "evaluate", "global", "loss", 0.5))
            await until(
                pilot,
                lambda: order(text_of(pilot), "again", "── round 3") == ["again", "── round 3"],
                "it stays above a line of round 2",
            )


async def test_going_to_a_round_goes_where_the_log_says_that_it_begins(tmp_path: Path) -> None:
    folder = Late(tmp_path / "run").late(60)
    with held(folder):
        async with FltuiApp(folder).run_test(size=(120, 30)) as pilot:
            await pilot.press("j", "z")
            await until_shown(pilot, '"round": 60')
            await pilot.press("colon", *"r20", "enter")
            await until_shown(pilot, '"round": 20')
            pane = screen_of(pilot).pane
            assert pane is not None
            at = pane.lines.landmarks.round_at(20)
            first = pane.lines.log_view.lines(at or 0, 1)[0].text
            assert first in (metric(20, "global"), "scoring 20")
            assert order(text_of(pilot), '"round": 19', "── round 20") == ['"round": 19', "── round 20"]
