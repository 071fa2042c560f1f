"""Runs of tests/tui/dialogue, started as a user and the app start them: by the command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines import wait_until
from fltui_command import fltui, fltui_here

from fltui.control.client import RunGone, Supervisor
from fltui.probe.processes import find_by_run
from fltui.record import lock

RECIPE = Path(__file__).resolve().parent.parent / "tui" / "dialogue"
STEPS = ("START", "TRAIN", "SAVE", "STOP")


@dataclass
class DialogueRun:
    """A run by the folder that it leaves."""

    folder: Path

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = (self.folder / "events.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["kind"] == kind]

    @property
    def inputs(self) -> list[tuple[str, str]]:
        return [(event["data"]["text"], event["data"]["by"]) for event in self.of_kind("input")]

    @property
    def order(self) -> list[tuple[str, ...]]:
        """What happened in the dialogue, in order; that a person was asked is left out."""
        kinds = {"step": ("step", "state"), "input": ("text",), "round": ("round", "phase")}
        rows = [
            (event["kind"], *(str(event["data"][key]) for key in kinds[event["kind"]]))
            for event in self.events
            if event["kind"] in kinds
        ]
        return [row for row in rows if row[-1] != "asking"]

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        with Supervisor.connect(self.folder) as supervisor:
            return supervisor.request(do, **fields)

    @property
    def alive(self) -> bool:
        return lock.owner(self.folder) is not None

    def end(self, timeout_s: float = 40.0) -> dict[str, Any]:
        """The result, once the engine has ended and nothing of the run lives."""
        wait_until(lambda: self.of_kind("end") and not self.alive, timeout_s, "the end of the run")
        assert find_by_run(self.events[-1]["data"]["run"]) == []
        return dict(self.events[-1]["data"])

    def close(self) -> None:
        if self.alive:
            try:
                self.ask("stop", force=True)
            except RunGone:
                return
            wait_until(lambda: not self.alive, 30, "the end of a stopped run")


def start_dialogue(folder: Path, *words: str, attended: bool = True, **params: object) -> DialogueRun:
    """Starts it detached; `attended`: steps wait for a person. `params` as for --set."""
    sets = [word for key, value in params.items() for word in ("--set", f"{key}={value}")]
    modes = ["--detach", "--attended"] if attended else []
    command = fltui_here if attended else fltui
    done = command("--run", str(RECIPE), *modes, "--run-dir", str(folder), *sets, *words)
    assert done.returncode == 0, done.stderr
    return DialogueRun(folder)
