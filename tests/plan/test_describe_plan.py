"""The text form of a plan shows what will happen, and acts on no terminal."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.facts.plan import LaunchPlan
from fltui.plan.describe import command_text, describe
from fltui.plan.ports import bind
from fltui.plan.resolve import resolve
from fltui.plan.site import Site
from fltui.recipe.load import load
from fltui.recipe.params import resolve_params

AVERAGING = Path(__file__).parents[1] / "recipe" / "averaging"


def averaging() -> LaunchPlan:
    recipe = load(AVERAGING)
    site = Site("run-1", "/runs/run-1", "/recipes", "/cache")
    return resolve(recipe, resolve_params(recipe, {}), {}, site)


def test_it_says_what_is_started_after_what_and_how_it_is_ready() -> None:
    text = describe(averaging())
    for part in (
        "averaging: Three programs average their numbers",
        "params rounds=2 clients=2 port=auto greeting=false",
        "ports server to be allocated",
        "file /runs/run-1/files/plan.json",
        "    $ python3 client.py ${{ ports.server }} 2",
        "    after prepare completed",
        "    ready, within 20s, by /listening/ in its log and port ${{ ports.server }}",
        "ok needs 2 rounds and a global mean of at least 0",
    ):
        assert part in text


@pytest.mark.parametrize(
    "word", ["a b", "it's", "'\"", "$HOME", "a\nb", "", "x;y", "it's $HOME", "!'", "\\'"]
)
def test_a_command_can_be_pasted_into_a_shell(word: str) -> None:
    printed = subprocess.run(
        ["/bin/sh", "-c", command_text(["printf", "%s", word])], capture_output=True, text=True, check=True
    ).stdout
    assert printed == word


def test_a_bound_plan_shows_its_ports() -> None:
    text = describe(bind(averaging(), {"server": 7001}))
    assert "ports server 7001" in text
    assert "    $ python3 client.py 7001 2" in text
    assert "${{" not in text


def test_what_all_have_is_said_once() -> None:
    assert describe(averaging()).count("PYTHONUNBUFFERED=1") == 1


def test_no_control_character_reaches_the_terminal(plan_of: Callable[..., LaunchPlan]) -> None:
    body = "params: {p: {type: str, default: ''}}\nprocesses: {a: {role: tool, argv: [x, \"${{ params.p }}\"]}}\n"
    text = describe(plan_of(body, p="\x1b]0;owned\x07"))
    assert "\x1b" not in text
    assert "\\x1b]0;owned\\x07" in text


def test_a_secret_file_shows_no_text(plan_of: Callable[..., LaunchPlan]) -> None:
    body = (
        "inputs: {t: {help: x, secret: true}}\n"
        'files: {f: {text: "inside ${{ inputs.t }}", secret: true}}\n'
        "processes: {a: {role: tool, argv: [x]}}\n"
    )
    text = describe(plan_of(body))
    assert "inside" not in text
    assert "(secret; removed at the end)" in text
