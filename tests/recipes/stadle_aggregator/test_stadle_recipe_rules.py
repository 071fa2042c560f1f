"""The rules of both STADLE recipes understand what aggregator and client print, and the names of sst2/stadle are
those of the task."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe
from stadle_aggregator.event_line import tell
from stadle_aggregator.federation import Federation, Model, Settings
from weight_files import Weights

RECIPES = Path(__file__).resolve().parents[3] / "recipes"
FOLDER = RECIPES / "sst2" / "stadle"


@pytest.fixture(params=["sst2", "cifar10"])
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return load(RECIPES / request.param / "stadle" / "recipe.yaml")


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sst2_stadle_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def said(
    recipe: Recipe, line: str, process: str = "aggregator", title: bool = False
) -> list[tuple[str, str]]:
    """Level and words of the notes that a line of a process makes: those that are its title, or the others."""
    rules = [note for note in recipe.notes if note.process == process and note.title == title]
    found = [(note.level, note.say, re.search(note.line, line)) for note in rules]
    return [(level, say.format(**match.groupdict(), process=process)) for level, say, match in found if match]


def message_of(recipe: Recipe, line: str) -> str:
    match = re.search(str(recipe.processes["aggregator"].line_parts), line)
    assert match is not None
    return match["message"]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def federation() -> tuple[Federation, Clock]:
    clock = Clock()
    return Federation(Settings(agents=2, rounds=1, quorum=1, round_timeout=10), tell, clock), clock


def test_base_model_agents_and_rounds_are_seen(
    recipe: Recipe, federation: tuple[Federation, Clock], capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in, clock = federation
    stand_in.set_base_model(Model("sst2-head", "m"), {"layer_0": np.zeros(2, np.float32)}, "admin_agent")
    line = capsys.readouterr().out
    assert said(recipe, line) == [("info", "base model sst2-head uploaded by admin_agent: 1 arrays, 0.00 MB")]
    assert said(recipe, line, title=True) == [("info", "0 of 1 rounds, 0 of 2 agents, base model sst2-head")]
    for number in (1, 2):
        stand_in.register(f"id {number}", f"agent-{number}")
        line = capsys.readouterr().out
        connected = recipe.clients.connected
        assert connected is not None
        found = re.search(connected.line, line)
        assert found is not None
        assert int(found["connected"]) == number
        stand_in.newest(f"id {number}", -1)
    stand_in.update("id 1", {"layer_0": np.ones(2, np.float32)}, 7)
    line = capsys.readouterr().out
    assert message_of(recipe, line) == "update of agent-1 for round 1, 7 examples; 1 of 2"
    assert any(re.search(rule.line, line) for rule in recipe.progress if rule.process == "aggregator")
    clock.now = 11
    stand_in.tick()
    gone, averaged = capsys.readouterr().out.splitlines()
    assert said(recipe, gone) == [("warning", "no update of agent-2 within 10 s; agents connected: 1 of 2")]
    assert said(recipe, averaged) == [("warning", "round 1 averaged 1 of 2 agents: agent-1")]


def test_a_name_with_quotes_in_it_does_not_cut_the_message(
    recipe: Recipe, federation: tuple[Federation, Clock], capsys: pytest.CaptureFixture[str]
) -> None:
    federation[0].register("id", 'an "agent"\\')
    assert message_of(recipe, capsys.readouterr().out).endswith("agents connected: 1 of 2")


@pytest.mark.parametrize(("process", "who"), [("admin", "the upload"), ("agent", "agent")])
def test_a_wrong_token_is_seen_in_the_traceback_of_stadles_client(
    recipe: Recipe, process: str, who: str
) -> None:
    rejected = "AggRejectionError: Registration failed with response wrong token"  # measured, 0.8.1.1
    assert said(recipe, f"stadle.lib.util.exceptions.{rejected}", process) == [
        ("error", f"{who} failed: {rejected}")
    ]
    assert said(recipe, "RuntimeError: not a request", process) == [
        ("error", f"{who} failed: RuntimeError: not a request")
    ]
    assert said(recipe, '  File "client.py", line 372, in participate', process) == []


WHERE = ("aggr_ip", "reg_port", "comm_protocol", "token")


def test_the_agents_configuration_for_the_service_is_the_local_one_but_for_where_it_is(
    recipe: Recipe,
) -> None:
    """It also says `http`: without that word STADLE's client waits for a certificate that no server here has."""
    local = {path.name: json.loads(path.read_text()) for path in recipe.folder.glob("agent-local*.json")}
    assert local
    for name, ours in local.items():
        theirs = json.loads((recipe.folder / name.replace("local", "service")).read_text())
        assert (ours["aggr_ip"], ours["comm_protocol"]) == ("127.0.0.1", "http")
        assert [theirs[key] for key in WHERE] == [f"${{{{ inputs.{key} }}}}" for key in WHERE]
        assert {**theirs, **{key: ours[key] for key in WHERE}} == ours


HEAD = {
    "hidden1_kernel": np.arange(8.0).reshape(4, 2),
    "hidden1_bias": np.arange(2.0),
    "hidden2_kernel": np.arange(6.0).reshape(2, 3),
    "hidden2_bias": np.arange(3.0),
    "output_kernel": np.arange(3.0).reshape(3, 1),
    "output_bias": np.array([5.0]),
}


def as_travelled(backend: str) -> Weights:
    if backend == "keras":
        return {f"layer_{number}": array for number, array in enumerate(HEAD.values())}
    names = [f"{layer}.{part}" for layer in (0, 2, 4) for part in ("weight", "bias")]
    return {name: array.T for name, array in zip(names, HEAD.values(), strict=True)}


@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_what_travels_has_the_tasks_names_whatever_the_order(backend: str) -> None:
    as_head: Any = module("model_names").as_head
    travelled = as_travelled(backend)
    for models in (travelled, dict(reversed(travelled.items()))):
        found = as_head(models, backend)
        assert list(found) == list(HEAD)
        for name, array in HEAD.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == np.float32
