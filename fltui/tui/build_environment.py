"""Builds environments from the app: `fltui env create` as a process, its progress read line by line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fltui.recipe.recipe_model import Recipe

_PATIENCE_S = 20.0  # a build that was told to end removes what it began, which takes a moment
CANCELLED = "cancelled; nothing of it is left"


@dataclass(frozen=True)
class Need:
    """An environment that a run would have to build first. `licence`: the sentence that somebody must
    accept before, or None; `arguments`: what `env create` takes so that it is the one the run uses."""

    name: str
    gigabytes: float
    licence: str | None
    recipes: Path
    arguments: tuple[str, ...] = ()

    def command(self, accepted: bool) -> list[str]:
        """As one would type it."""
        words = ["fltui", "env", "create", self.name, *self.arguments]
        return [*words, "--accept-licence", self.name] if accepted and self.licence else words


@dataclass(frozen=True)
class BuildState:
    """How far the present build is, as the bar shows it. `since`: Unix seconds; `number` of `count`
    environments."""

    environment: str
    text: str
    done: int
    total: int
    unit: str
    detail: str
    since: float
    number: int = 1
    count: int = 1


def needs(recipe: Recipe, params: Mapping[str, Any], names: Sequence[str]) -> list[Need]:
    """Those of the environments `names` of `recipe` that are not built. Raises EnvironmentProblem."""
    from fltui.environment.catalogue import find
    from fltui.environment.device import layer_for
    from fltui.environment.errors import LicenceNeeded
    from fltui.environment.licence import require
    from fltui.environment.state import status
    from fltui.recipe.find import recipes_root

    root, found = recipes_root(recipe.file), []
    for name in names:
        spec = find(name, root)
        layer = layer_for(spec, params)
        if status(spec, layer).built:
            continue
        licence = None
        try:
            require(spec, ())
        except LicenceNeeded as needed:
            licence = needed.text
        words: tuple[str, ...] = ()
        if spec.layers and params.get("device") == "cpu":
            words = ("--accelerator", "cpu")
        if spec.layers and params.get("backend") in ("torch", "keras"):
            words = (*words, "--backend", str(params["backend"]))
        found.append(Need(name, spec.room(layer) / 1e9, licence, root, words))
    return found


class Building:
    """Builds `wanted` one after the other on a thread. `said(state)` hears how far it is, `done(error)`
    its end: empty, or a sentence. Licences must have been accepted by then."""

    def __init__(
        self,
        wanted: Sequence[Need],
        said: Callable[[BuildState], None],
        done: Callable[[str], None],
    ) -> None:
        self._wanted = list(wanted)
        self._said, self._done = said, done
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.cancelled = False
        threading.Thread(target=self._build_all, name="build", daemon=True).start()

    def cancel(self) -> None:
        """Ends it. The builder ends its uv and removes what it began; `done` comes after that."""
        with self._lock:
            self.cancelled = True
            process = self._process
        if process is not None:
            _tell(process, signal.SIGTERM)
            threading.Thread(target=_insist, args=(process,), daemon=True).start()

    def _build_all(self) -> None:
        for number, need in enumerate(self._wanted, 1):
            error = self._build(need, number)
            if error:
                self._done(error)
                return
        self._done("")

    def _build(self, need: Need, number: int) -> str:
        command = [sys.executable, "-m", "fltui.cli.main", "--recipes", str(need.recipes)]
        command += [*need.command(accepted=True)[1:], "--progress"]
        with self._lock:
            if self.cancelled:
                return CANCELLED
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,  # a Ctrl-C in the app's terminal is the app's to act on
            )
        began, last = time.time(), ""
        assert process.stderr is not None
        for line in process.stderr:
            step = _step(line)
            if step is None:
                last = line.strip().removeprefix("fltui: ") or last
            else:
                self._said(BuildState(**step, since=began, number=number, count=len(self._wanted)))
        code = process.wait()
        if self.cancelled:
            return CANCELLED if code != 0 else ""
        return "" if code == 0 else last or f"`fltui env create {need.name}` ended with exit code {code}"


def _step(line: str) -> dict[str, Any] | None:
    """A line of progress as the fields of a BuildState; None for a line for people."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    names = ("environment", "text", "done", "total", "unit", "detail")
    return {name: value[name] for name in names} if all(name in value for name in names) else None


def _tell(process: subprocess.Popen[str], number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _insist(process: subprocess.Popen[str]) -> None:
    """A builder that does not end when told is killed: uv dies with it, and what is half-made is never
    used and swept up by the next build."""
    deadline = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
