"""Run folders written without an engine: what a view shows of them is known to the byte.

`python tests/support/synthetic_runs.py FOLDER` writes one that has ended, `--live` keeps one going.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fltui.facts.codec import to_json
from fltui.facts.plan import LaunchPlan, Process, Step, Success, Watch
from fltui.facts.records import Metric, Resource
from fltui.facts.verdict import EXIT_CODES, ProcessResult, Result, Verdict
from fltui.record import lock
from fltui.record.writer import RunWriter

BEGIN = 1_795_515_300.0  # 24 November 2026, 10:15 UTC
ACCURACY = (0.471, 0.783, 0.794, 0.803)
_STEPS = (
    Step("wait", "parties", line="registered", process="party", count=3, why="TRAIN takes whoever is there"),
    Step("send", "TRAIN", text="TRAIN", until="Finished", mode="confirm", why="starts the rounds"),
    Step("send", "STOP", text="STOP", mode="confirm", why="the parties end with it"),
)


@dataclass
class Clock:
    """A clock that only moves when it is told to."""

    t: float = BEGIN

    def __call__(self) -> float:
        return self.t


@dataclass
class SyntheticRun:
    """A federation of an aggregator, `parties` parties and an evaluator, written act by act."""

    folder: Path
    parties: int = 3
    rounds: int = 3
    title: str = "sst2/ibmfl"
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.names = ["aggregator", *(f"party-{n}" for n in range(1, self.parties + 1)), "evaluate"]
        self.writer = RunWriter.create(self.folder, self._manifest(), self.clock)
        self._pids = {name: 41_230 + 29 * index for index, name in enumerate(self.names)}

    def _manifest(self) -> Mapping[str, Any]:
        roles = {"aggregator": "aggregator", "evaluate": "evaluator"}
        processes = tuple(
            Process(
                name,
                name.rpartition("-")[0] or name,
                roles.get(name, "client"),
                ("python", f"{name}.py"),
                "/",
                steps=_STEPS if name == "aggregator" else (),
                commands=("START", "TRAIN", "SYNC", "SAVE", "STOP") if name == "aggregator" else (),
            )
            for name in self.names
        )
        plan = LaunchPlan(
            self.title,
            "A synthetic federation",
            "ibmfl",
            "sst2",
            self.folder.name,
            str(self.folder),
            {"rounds": self.rounds},
            processes,
            success=Success(self.rounds, "accuracy"),
            watch=Watch(clients_planned=self.parties),
        )
        return {"run": self.folder.name, "plan": to_json(plan), "params": {"rounds": self.rounds}}

    # -- acts ------------------------------------------------------------------------------------

    def say(self, name: str, *lines: str) -> None:
        for line in lines:
            self.writer.log(name).write(line.encode() + b"\n", self.clock())

    def state(self, name: str, state: str, **data: Any) -> None:
        if state == "running":
            data.setdefault("pid", self._pids[name])
        self.writer.event("process", name, state=state, incarnation=1, **data)

    def begin(self) -> None:
        """All processes run, the parties are registered, nobody has been asked yet."""
        self.writer.event("start", pid=os.getpid(), guard=os.getppid(), version="test")
        self.writer.event("run", state="running")
        for name in self.names:
            self.state(name, "running")
            self.say(name, f"{name} begins")
            self.clock.t += 0.5
            self.state(name, "ready")
        self.step(0, "waiting", found=0, count=self.parties)
        for number in range(1, self.parties + 1):
            self.clock.t += 1
            self.say(f"party-{number}", "registered")
            self.writer.event("clients", connected=number, planned=self.parties)
        self.step(0, "done", by="recipe", found=self.parties, count=self.parties)
        self.gauges()

    def step(self, index: int, state: str, **data: Any) -> None:
        step = _STEPS[index]
        known = {"text": step.text, "why": step.why, **data}
        fields = {key: value for key, value in known.items() if value is not None}
        self.writer.event(
            "step", "aggregator", step=step.name, index=index, kind=step.kind, state=state, **fields
        )

    def wait_for_person(self, index: int) -> None:
        self.step(index, "asking")
        self.writer.event("run", state="waiting")

    def round(self, number: int) -> None:
        self.writer.event("round", round=number, phase="started")
        for party in range(1, self.parties + 1):
            self.say(f"party-{party}", f"round {number}: local training started")
            self.clock.t += 2
            self.say(f"party-{party}", f"round {number}: local training done")
            local = ACCURACY[min(number, 3)] - 0.01 + 0.002 * party
            self._metric(f"party-{party}", "client", number, "accuracy", local)
        self.say("aggregator", f"round {number}: 3 of 3 answers")
        self.evaluate(number)
        self.writer.event("round", round=number, phase="done")

    def evaluate(self, number: int) -> None:
        value = ACCURACY[min(number, 3)]
        self.say("evaluate", f"round {number}: accuracy {value}")
        self._metric("evaluate", "global", number, "accuracy", value)
        self._metric("evaluate", "global", number, "loss", round(1.2 - value, 3))

    def _metric(self, process: str, scope: str, number: int, name: str, value: float) -> None:
        self.writer.metric(Metric(self.clock(), number, process, scope, name, value))

    def gauges(self) -> None:
        self.writer.resources(
            Resource(self.clock(), process=name, cpu_percent=11.0, cpu_s=3.0, rss_mb=612.0, processes=1)
            for name in self.names
        )

    def end(self, verdict: Verdict = Verdict.OK, reason: str = "", culprit: str | None = None) -> None:
        for name in self.names:
            failed = name == culprit
            self.state(name, "failed" if failed else "done", exit_code=1 if failed else 0)
        done = self.rounds if verdict is Verdict.OK else 1
        result = Result(
            recipe=self.title,
            run=self.folder.name,
            folder=str(self.folder),
            verdict=verdict,
            exit_code=EXIT_CODES[verdict],
            reason=reason or f"{done} of {self.rounds} rounds, accuracy {ACCURACY[min(done, 3)]}",
            rounds_done=done,
            rounds_planned=self.rounds,
            metrics={"accuracy": ACCURACY[min(done, 3)]},
            processes=tuple(
                ProcessResult(
                    name,
                    "client",
                    "failed" if name == culprit else "done",
                    1 if name == culprit else 0,
                    None,
                    3.0,
                    612.0,
                    f"logs/{name}.log",
                )
                for name in self.names
            ),
            duration_s=self.clock() - BEGIN,
            culprit=culprit,
        )
        self.writer.end(result)
        self.writer.close()

    def split(self, most: int = 5_000) -> SyntheticRun:
        """Records who has which data, as a recipe's prepare does: each has all of its own classes, a tenth of others."""
        classes = ("plane", "auto", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
        groups = min(self.parties, len(classes))
        labels = [
            [
                most if k * groups // len(classes) == party % groups else most // 10
                for k in range(len(classes))
            ]
            for party in range(self.parties)
        ]
        skew = sum(sum(abs(n / sum(row) - 0.1) for n in row) / 2 for row in labels) / self.parties
        recorded = {"split": "class_focus", "classes": classes, "labels": labels, "skew": skew}
        (self.folder / "artifacts" / "split.json").write_text(json.dumps(recorded) + "\n")
        return self

    # -- whole runs --------------------------------------------------------------------------------

    def whole(self) -> Path:
        """All of it, to a good verdict."""
        self.begin()
        self.evaluate(0)
        for index in (1, 2):
            self.wait_for_person(index)
            self.clock.t += 5
            self.step(index, "sent", by="person")
            self.writer.event("input", "aggregator", by="person", text=_STEPS[index].text, offset=0)
            self.writer.event("run", state="running")
            if index == 1:
                for number in range(1, self.rounds + 1):
                    self.round(number)
            self.step(index, "done", by="person")
        self.end()
        return self.folder

    def waiting(self) -> Path:
        """Three rounds are done, and STOP waits for a person."""
        self.begin()
        self.evaluate(0)
        self.step(1, "done", by="person")
        for number in range(1, self.rounds + 1):
            self.round(number)
        self.wait_for_person(2)
        self.gauges()
        return self.folder

    def failed(self) -> Path:
        self.begin()
        self.round(1)
        self.say("party-2", "Traceback (most recent call last):", "MemoryError: out of memory")
        self.end(Verdict.FAILED, "party-2 ended with exit code 1 in round 2; 1 of 3 rounds", "party-2")
        return self.folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The run counts as alive meanwhile, as if this process were its supervisor."""
    fd = lock.hold(folder)
    try:
        yield
    finally:
        os.close(fd)


def _live(folder: Path) -> None:
    run = SyntheticRun(folder, clock=Clock(time.time()))
    with held(folder):
        run.begin()
        number = 0
        while True:
            run.clock.t = time.time()
            number += 1
            run.round(min(number, 3))
            run.gauges()
            time.sleep(1)


if __name__ == "__main__":
    target = Path(sys.argv[-1])
    if "--live" in sys.argv:
        _live(target)
    else:
        print(SyntheticRun(target).whole())
