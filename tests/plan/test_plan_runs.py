"""The example recipe is a real federation: planned, bound and run by an engine to its verdict."""

from __future__ import annotations

import os
from pathlib import Path

from fltui.control.start import start
from fltui.facts.launch import Launch
from fltui.plan.ports import reserve
from fltui.plan.resolve import resolve
from fltui.plan.site import Site
from fltui.recipe.inputs import resolve_values
from fltui.recipe.load import load
from fltui.record.reader import read_events

AVERAGING = Path(__file__).parents[1] / "recipe" / "averaging"


def test_a_planned_federation_runs_to_the_verdict_ok(tmp_path: Path) -> None:
    recipe = load(AVERAGING)
    values = resolve_values(recipe, {"clients": "3", "greeting": "yes"})
    folder = tmp_path / "run-1"
    site = Site("run-1", str(folder), "/recipes", str(tmp_path), path=os.environ["PATH"])
    plan, locks = reserve(resolve(recipe, values.params, values.inputs, site))
    engine = start(Launch(plan), locks)
    for lock in locks:
        os.close(lock)
    assert engine.wait(60), "the federation did not end"
    end = list(read_events(folder))[-1]
    assert end.kind == "end"
    assert (end.data["verdict"], end.data["rounds_done"]) == ("ok", 2), end.data["reason"]
    assert end.data["metrics"] == {"mean": 4.0}  # round 2, clients 1 to 3: (3 + 4 + 5) / 3
    assert (folder / "files" / "plan.json").read_text().count('"rounds": 2') == 1
