"""What doctor says of a task: its data, and the models that a run loads besides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fltui.environment.doctor import Finding
from fltui.environment.task_data import ModelState, data_of, models_of
from fltui.facts.site import shipped_recipes


def data_findings(tasks: Mapping[str, list[str]], recipes: Path | None = None) -> list[Finding]:
    """The data of every task that says what to look for. `tasks`: the recipes of each."""
    root, found = recipes or shipped_recipes(), []
    for task, users in sorted(tasks.items()):
        what, state = f"data of {task}", data_of(task, root)
        if state.state == "bundled":
            found.append(Finding("ok", what, f"{state.summary}: comes with the environment"))
        elif state.state == "here":
            found.append(Finding("ok", what, f"{state.summary}, in {state.where}"))
        elif state.state == "away":
            says = f"not here (for {', '.join(sorted(users))}); --run fetches {state.size or 'it'} where there is a network"
            mend = f"fltui --run {sorted(users)[0]} --set data=PATH, or FLTUI_DATA=FOLDER for all of them"
            found.append(Finding("missing", what, f"{state.summary}: {says}", mend, state.by_hand))
    return found


def given_data(path: str) -> Finding:
    """Data that `--set data=PATH` names."""
    if Path(path).expanduser().exists():
        return Finding("ok", "data", f"{path}, as set")
    return Finding("problem", "data", f"there is no {path}, which is set", "--set data=PATH")


def model_findings(recipe: str, task: str, root: Path, params: Mapping[str, Any]) -> list[Finding]:
    """The models that a run of `recipe` with these params loads."""
    return [_model(recipe, model) for model in models_of(task, root, params)]


def _model(recipe: str, model: ModelState) -> Finding:
    if model.here:
        return Finding("ok", model.summary, f"in {model.folder}")
    instead = f", else it takes {model.instead}" if model.instead else ""
    if not model.by_hand:
        says = f"there is no SavedModel (saved_model.pb) in {model.folder}{instead}"
        return Finding("problem", model.summary, says, f"fltui --run {recipe} --set {model.param}=FOLDER")
    size = model.size or "it"
    says = f"not here (for {recipe}); --run fetches {size} where there is a network{instead}"
    return Finding("missing", model.summary, says, f"fltui --run {recipe} --set {model.wish}", model.by_hand)
