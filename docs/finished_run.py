"""A finished run folder, and what can be read from it: for the pages of results."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

CHECKOUT = Path(__file__).resolve().parent.parent
ORDER = ("centralized", "flower", "flower-superlink", "tff", "openfl", "openfl-taskrunner", "ibmfl", "stadle")
COMPARED_WITH = "flower"
NOTHING_SENT = ("centralized", "tff")  # one process each
PLACES = ("data", "port", "node_port")  # params that differ between machines and change no weight
Weights = dict[str, np.ndarray]


@dataclass
class FinishedRun:
    """One run folder, and what can be read from it."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        path = self.folder / "manifest.json"
        if not path.is_file():
            raise SystemExit(f"{self.folder} is no run folder: it has no {path.name}")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    @cached_property
    def result(self) -> dict[str, Any]:
        """What `--json` printed: the last event."""
        last = (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1]
        return dict(json.loads(last)["data"])

    @property
    def name(self) -> str:
        return str(self.manifest["plan"]["recipe"]).partition("/")[2]

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.manifest["plan"]["params"])

    @property
    def asked(self) -> tuple[str, str]:
        """The recipe and the params that its weights come from: runs that share them repeat each other."""
        params = {name: value for name, value in self.params.items() if name not in PLACES}
        return self.name, json.dumps(params, sort_keys=True)

    @property
    def verdict(self) -> str:
        """The verdict, and rounds done of those planned."""
        return f"{self.result['verdict']}, {self.result['rounds_done']} of {self.result['rounds_planned']}"

    @cached_property
    def rounds(self) -> list[Weights]:
        """The global weights of every round, the initial ones first."""
        files = (self.folder / "artifacts").glob("round-*.npz")
        files = sorted(files, key=lambda file: int(file.stem.partition("-")[2]))  # 999 before 1000
        return [dict(np.load(file, allow_pickle=False)) for file in files]

    @cached_property
    def accuracies(self) -> list[float]:
        """Of rounds 1, 2, …, by our evaluator."""
        lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        found = {row["round"]: row["value"] for row in rows if (row["scope"], row["name"]) == _GLOBAL}
        return [found[number] for number in sorted(found) if number]

    def verified(self, environment: str, script: Path, *words: str | Path) -> dict[str, Any]:
        """What a verify.py finds, without fltui, in an environment of this run."""
        places = {found["name"]: found["folder"] for found in self.manifest["plan"]["environments"]}
        python = Path(places[environment]) / "bin" / "python"
        command = [python, script, self.folder, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.stdout:
            raise SystemExit(f"{script.name} failed on {self.folder}:\n{done.stderr}")
        return dict(json.loads(done.stdout))

    @property
    def peak_mb(self) -> float:
        """The most memory that all its processes had together, sampled once a second."""
        lines = (self.folder / "resources.jsonl").read_text(encoding="utf-8").splitlines()
        seconds: dict[int, float] = {}
        for row in map(json.loads, lines):
            if "rss_mb" in row:
                seconds[int(row["t"])] = seconds.get(int(row["t"]), 0.0) + row["rss_mb"]
        return max(seconds.values(), default=0.0)

    @property
    def sent(self) -> str:
        """Weights to train on and trained ones, reckoned: each once a client and round."""
        if self.name in NOTHING_SENT:
            return "none"
        size = sum(array.nbytes for array in self.rounds[0].values())
        messages = 2 * self.params["clients"] * self.params["rounds"]
        return f"{messages} x {size / 1e6:.2f} MB"


_GLOBAL = ("global", "accuracy")


def distance(one: Iterable[Weights], other: Iterable[Weights]) -> float:
    """The greatest difference between the weights of any round."""
    pairs = zip(one, other, strict=True)
    return max(float(np.abs(a[name].astype(np.float64) - b[name]).max()) for a, b in pairs for name in a)


def power(value: float | None) -> str:
    """A distance as 3e-8; a dash where there is none."""
    if value is None:
        return "-"
    return "0" if value == 0 else f"{value:.0e}".replace("e-0", "e-")


def apart(run: FinishedRun, other: FinishedRun | None) -> str:
    """How far the weights of each round are from those of `other`, which has the same task."""
    if other is None or run.name in (COMPARED_WITH, "centralized"):
        return "-"
    pairs = zip(run.rounds[1:], other.rounds[1:], strict=True)
    return " ".join(power(distance([one], [their])) for one, their in pairs)


def place(run: FinishedRun) -> str:
    """The machine that it ran on."""
    host = run.manifest["host"]
    return f"{host.get('cpus', '?')} CPUs" if isinstance(host, dict) else str(host)
